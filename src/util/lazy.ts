/** Computes a value on first use and keeps it. A failure is not kept: the next use tries again. */
export function lazy<T>(compute: () => T): () => T {
  let value: { readonly kept: T } | undefined;
  return () => {
    value ??= { kept: compute() };
    return value.kept;
  };
}

import type { Digest } from '../oci/index.js';

/** Names of the layers that two images have in common, from the bottom up, in each. */
export interface LayerOrder {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface Named {
  readonly name: string;
}

interface NamedBytes extends Named {
  readonly digest: Digest | null;
}

/** The order of the layers where it is another one: the same layers in another order give another image. */
export function layerOrder(before: readonly Named[], after: readonly Named[]): LayerOrder | undefined {
  const old = new Set(before.map(({ name }) => name));
  const now = new Set(after.map(({ name }) => name));
  const order = {
    before: [...old].filter((name) => now.has(name)),
    after: [...now].filter((name) => old.has(name)),
  };
  return order.before.join('\0') === order.after.join('\0') ? undefined : order;
}

/** The name that a layer had before, where the same bytes have another one now. */
export function formerName(
  { name, digest }: NamedBytes,
  before: readonly NamedBytes[],
  now: readonly Named[],
): string | undefined {
  if (digest === null || before.some((old) => old.name === name)) return undefined;
  return before.find((old) => old.digest === digest && !now.some((layer) => layer.name === old.name))?.name;
}

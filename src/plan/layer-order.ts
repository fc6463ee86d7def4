/** Names of the layers that two images have in common, from the bottom up, in each. */
export interface LayerOrder {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface Named {
  readonly name: string;
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

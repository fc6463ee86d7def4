/** A name that an artifact needs. */
interface Need {
  readonly name: string;
}

export interface SortedArtifacts<N extends Need> {
  /** Every artifact after those it needs, otherwise in the order of the file. */
  readonly order: readonly string[];
  /** The first circles, each with its first name again at the end, and the need that closes it. */
  readonly cycles: readonly { readonly circle: readonly string[]; readonly closing: N }[];
}

/** More circles are of no use to a person, and each costs as much as it is long. */
const CIRCLES_MAX = 20;

/** Puts artifacts in an order in which they can be built. Names that do not exist are left out. Does not recurse. */
export function sortArtifacts<N extends Need>(needs: ReadonlyMap<string, readonly N[]>): SortedArtifacts<N> {
  const order: string[] = [];
  const cycles: { circle: readonly string[]; closing: N }[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of needs.keys()) {
    const stack = state.has(start) ? [] : [{ name: start, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const need = needs.get(top.name)![top.next++];
      if (need === undefined) {
        state.set(top.name, 'done');
        order.push(top.name);
        stack.pop();
        continue;
      }
      state.set(top.name, 'open');
      const known = state.get(need.name);
      if (known === 'open' && cycles.length < CIRCLES_MAX) {
        const names = stack.map(({ name }) => name);
        cycles.push({ circle: [...names.slice(names.indexOf(need.name)), need.name], closing: need });
      } else if (known === undefined && needs.has(need.name)) {
        stack.push({ name: need.name, next: 0 });
      }
    }
  }
  return { order, cycles };
}

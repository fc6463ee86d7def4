import type { Package } from './package.js';
import type { Chosen, DeadEnd, Selection } from './selection.js';

/** Why packages cannot all be chosen. */
export interface Failure {
  readonly blame: ReadonlySet<Chosen>;
  readonly deadEnd: DeadEnd;
}

interface Nogood {
  readonly items: readonly Package[];
  readonly deadEnd: DeadEnd;
}

/** Sets with more packages are hardly met again. */
const ITEMS_MAX = 16;
/** Of each package; those that come first are found again the most. */
const SETS_MAX = 200;

/**
 * Sets of packages that were found not to be chosen together, whichever way leads to them: so that no dead end is looked
 * for twice. Since they only pass over what fails anyway, the first solution stays the first.
 */
export class Nogoods {
  readonly #byItem = new Map<Package, Nogood[]>();

  add({ blame, deadEnd }: Failure): void {
    if (blame.size > ITEMS_MAX) return;
    const nogood = { items: [...blame].map(({ item }) => item), deadEnd };
    for (const item of nogood.items) {
      const others = this.#byItem.get(item);
      if (others === undefined) this.#byItem.set(item, [nogood]);
      else if (others.length < SETS_MAX) others.push(nogood);
    }
  }

  /** Why a package cannot be added, if that is known; it is not among those to blame itself. */
  find(candidate: Package, selection: Selection): Failure | undefined {
    const isChosen = (item: Package): boolean => item === candidate || selection.get(item.name)?.item === item;
    const nogood = this.#byItem.get(candidate)?.find(({ items }) => items.every(isChosen));
    if (nogood === undefined) return undefined;
    const others = nogood.items.filter((item) => item !== candidate);
    return { blame: new Set(others.map(({ name }) => selection.get(name)!)), deadEnd: nogood.deadEnd };
  }
}

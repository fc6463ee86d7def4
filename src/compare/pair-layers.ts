import type { FileTree } from '../tree/index.js';
import type { LayerView } from './layer-view.js';

/** Layers of two images that are versions of each other, or one that has none. At least one side is there. */
export interface LayerPairing {
  readonly before: LayerView | undefined;
  readonly after: LayerView | undefined;
}

/** Pairs of layers that are looked at for what they have in common. */
const LOOKED_AT_MAX = 400;

/** Two layers that were given other names are one only where they have so much in common. */
const RENAMED_LEAST = 0.5;

type ListingOf = (side: 'before' | 'after', layer: LayerView) => FileTree | undefined;

/** Share of the paths of the smaller that both have. */
function likeness(before: FileTree | undefined, after: FileTree | undefined): number {
  if (before === undefined || after === undefined) return 0;
  const [small, large] = before.entries.length < after.entries.length ? [before, after] : [after, before];
  const files = small.entries.filter(({ kind }) => kind !== 'directory');
  return files.length === 0 ? 0 : files.filter(({ path }) => large.get(path) !== undefined).length / files.length;
}

class Pairing {
  readonly pairs = new Map<LayerView, LayerView>();
  readonly #before: readonly LayerView[];
  readonly #after: readonly LayerView[];

  constructor(before: readonly LayerView[], after: readonly LayerView[]) {
    this.#before = before;
    this.#after = after;
  }

  freeBefore(): readonly LayerView[] {
    const taken = new Set(this.pairs.values());
    return this.#before.filter((layer) => !taken.has(layer));
  }

  freeAfter(): readonly LayerView[] {
    return this.#after.filter((layer) => !this.pairs.has(layer));
  }

  /** Pairs every free later layer with the first free earlier one that fits. */
  pairWhere(fits: (before: LayerView, after: LayerView) => boolean): void {
    for (const after of this.freeAfter()) {
      const before = this.freeBefore().find((layer) => fits(layer, after));
      if (before !== undefined) this.pairs.set(after, before);
    }
  }

  /** Pairs those that are most alike, as far as they have anything in common. */
  pairAlike(listingOf: ListingOf): void {
    const [before, after] = [this.freeBefore(), this.freeAfter()];
    if (before.length * after.length > LOOKED_AT_MAX) return;
    const pairs = after.flatMap((now) =>
      before.map((old) => ({ old, now, score: likeness(listingOf('before', old), listingOf('after', now)) })),
    );
    const free = new Set(before);
    for (const { old, now, score } of pairs.sort((a, b) => b.score - a.score)) {
      const least = old.isNamed && now.isNamed ? RENAMED_LEAST : 0;
      if (score === 0 || score < least || this.pairs.has(now) || !free.delete(old)) continue;
      this.pairs.set(now, old);
    }
  }
}

/**
 * Which layer is the version of which: by name, by content, by what they have in common, and last by their order. Those
 * without a counterpart come last.
 */
export function pairLayers(
  before: readonly LayerView[],
  after: readonly LayerView[],
  listingOf: ListingOf,
): readonly LayerPairing[] {
  const pairing = new Pairing(before, after);
  pairing.pairWhere((old, now) => old.isNamed && now.isNamed && old.name === now.name);
  pairing.pairWhere((old, now) => old.record.diffId === now.record.diffId);
  pairing.pairAlike(listingOf);
  const isSameCount = pairing.freeBefore().length === pairing.freeAfter().length;
  if (isSameCount) pairing.pairWhere((old, now) => !old.isNamed && !now.isNamed);
  return [
    ...after.map((layer) => ({ before: pairing.pairs.get(layer), after: layer })),
    ...pairing.freeBefore().map((layer) => ({ before: layer, after: undefined })),
  ];
}

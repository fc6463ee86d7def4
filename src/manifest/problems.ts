import { type ErrorCode, fail, type RelatedPlace, type TbuildError } from '../errors/index.js';
import type { ManifestPath } from './build-manifest.js';
import type { ManifestText, TextRange } from './manifest-text.js';
import { nearestNode, placeOf, type SourceNode } from './source-node.js';

/** More are of no use to a person, and a hostile file has one for every byte. */
const MOST = 200;

export interface ProblemFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
  /** True: the line holds a secret, and is not to be shown. */
  readonly isSecret?: boolean;
}

/** The values that are settled, as a tree of the steps to them. */
interface Settled {
  isSettled: boolean;
  readonly below: Map<string | number, Settled>;
}

/** Collects every problem of a manifest, and knows about which values enough has been said. */
export class Problems {
  readonly #source: ManifestText;
  readonly #found: TbuildError[] = [];
  readonly #settled: Settled = { isSettled: false, below: new Map() };

  constructor(source: ManifestText) {
    this.#source = source;
  }

  /** True where nothing more is taken. */
  get full(): boolean {
    return this.#found.length >= MOST;
  }

  addAt(range: TextRange, { code, isSecret = false, ...facts }: ProblemFacts): void {
    if (this.full) return;
    const { text, ...at } = this.#source.spanOf(range);
    this.#found.push(fail(code, { ...facts, at: text === undefined || isSecret ? at : { ...at, text } }));
  }

  /** Reports a problem of the value at the path, unless one is reported there or above; marks `range` or the value. */
  report(top: SourceNode, path: ManifestPath, facts: ProblemFacts & { readonly range?: TextRange | undefined }): void {
    if (this.isSettled(path)) return;
    this.settle(path);
    const { range, ...rest } = facts;
    this.addAt(range ?? placeOf(nearestNode(top, path).node), rest);
  }

  /** As `report`, but marks the key. */
  reportKey(top: SourceNode, path: ManifestPath, facts: ProblemFacts): void {
    const { node, exact } = nearestNode(top, path);
    this.report(top, path, { ...facts, range: exact ? node.key : undefined });
  }

  /** Nothing is to be reported at the path or below it from now on. */
  settle(path: ManifestPath): void {
    let place = this.#settled;
    for (const step of path) {
      const next = place.below.get(step) ?? { isSettled: false, below: new Map() };
      place.below.set(step, next);
      place = next;
    }
    place.isSettled = true;
  }

  isSettled(path: ManifestPath): boolean {
    let place: Settled | undefined = this.#settled;
    for (const step of path) {
      if (place === undefined || place.isSettled) break;
      place = place.below.get(step);
    }
    return place?.isSettled ?? false;
  }

  /** @throws TbuildError the only problem, or `manifest-invalid` with all, sorted by position */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const sorted = [...this.#found].sort((a, b) => a.at!.line - b.at!.line || a.at!.column - b.at!.column);
    if (sorted.length === 1) throw sorted[0];
    const count = this.full ? `${MOST} problems or more` : `${sorted.length} problems`;
    throw fail('manifest-invalid', { message: `${JSON.stringify(this.#source.file)} has ${count}`, problems: sorted });
  }
}

import type { ManifestPath } from '../build-manifest.js';
import type { ManifestText } from '../manifest-text.js';
import type { Problems } from '../problems.js';
import { nearestNode, placeOf, renderPath, type SourceNode } from '../source-node.js';
import { wrongType } from '../wrong-type.js';
import type { DraftMap } from './draft.js';
import type { ForeignWarning } from './foreign-manifest.js';
import { refusalOf } from './refusal.js';

/** Something of the file, and where it stands. */
export interface Found<T> {
  readonly value: T;
  readonly path: ManifestPath;
}

/** The values, each once. */
export function valuesOf(found: readonly Found<string>[]): readonly string[] {
  return [...new Set(found.map(({ value }) => value))];
}

/** Values with names as a map. */
export function membersOf(found: readonly (Found<string> & { readonly name: string })[]): DraftMap {
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

/** A user and perhaps a password in a URL. */
const CREDENTIALS = /:\/\/[^/\s@]+@/;

/** The reading of one file: what is wrong with it goes to its problems, what is left out of it becomes warnings. */
export class Reading {
  readonly top: SourceNode;
  readonly problems: Problems;
  readonly #source: ManifestText;
  readonly #warnings: ForeignWarning[] = [];

  constructor(source: ManifestText, top: SourceNode, problems: Problems) {
    this.#source = source;
    this.top = top;
    this.problems = problems;
  }

  /** Sorted by position. */
  get warnings(): readonly ForeignWarning[] {
    return [...this.#warnings].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  }

  /** Where the line holds credentials, it is not shown. */
  warn(path: ManifestPath, message: string): void {
    const { text, ...at } = this.#source.spanOf(placeOf(nearestNode(this.top, path).node));
    const isShown = text !== undefined && !CREDENTIALS.test(text);
    this.#warnings.push({ message, at: isShown ? { ...at, text } : at });
  }

  /** `why` continues `contents.keyring is left out: `. */
  leaveOut(path: ManifestPath, why: string): void {
    this.warn(path, `${renderPath(path)} is left out: ${why}`);
  }

  /** True where image.yaml takes the part; else a warning says why it does not. */
  accepts({ path }: Found<unknown>, part: DraftMap): boolean {
    const refusal = refusalOf(part);
    if (refusal !== undefined) this.leaveOut(path, refusal);
    return refusal === undefined;
  }

  /**
   * Those that image.yaml takes; the others become warnings. `partOf` says several as a part of image.yaml. All are tried at
   * once, and halves of them only where that fails.
   */
  fitting<T extends Found<unknown>>(found: readonly T[], partOf: (some: readonly T[]) => DraftMap): readonly T[] {
    const [first] = found;
    if (first === undefined) return [];
    if (found.length === 1) return this.accepts(first, partOf(found)) ? found : [];
    if (refusalOf(partOf(found)) === undefined) return found;
    const half = found.length >> 1;
    return [...this.fitting(found.slice(0, half), partOf), ...this.fitting(found.slice(half), partOf)];
  }

  /** Reports that the value is of none of the types, as JSON Schema names them. */
  refuseType(path: ManifestPath, types: readonly string[]): void {
    const node = nearestNode(this.top, path).node;
    this.problems.report(this.top, path, {
      code: 'manifest-wrong-type',
      ...wrongType(path, node, { type: types }),
    });
  }
}

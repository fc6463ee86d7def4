import type { Plain } from '../source-node.js';

/** A value of image.yaml that is to be written, with comments. Members that are undefined are not written. */
export type Draft = Plain | Noted | readonly Draft[] | DraftMap;

export type DraftMap = { readonly [key: string]: Draft | undefined };

/** A value with lines of comment above it: of a member of a map above its key. */
export class Noted {
  readonly value: Draft;
  readonly lines: readonly string[];

  constructor(value: Draft, lines: readonly string[]) {
    this.value = value;
    this.lines = lines;
  }
}

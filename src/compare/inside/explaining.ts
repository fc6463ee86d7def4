import type { Finding } from '../../plan/index.js';
import type { ExplainFacts } from './file-content.js';

/** Most findings of one file. */
export const FINDINGS_MAX = 20;

/** What an explainer needs besides the bytes. */
export interface Explaining {
  readonly facts: ExplainFacts;
  /** Path of the file or name of the member. */
  readonly path: string;
  /** Bytes that may still be decompressed. */
  readonly budget: { bytes: number };
  /** What differs between two contents of these; nothing where they lie in too many others. Never throws. */
  inside(before: Uint8Array, after: Uint8Array, path: string): Promise<readonly Finding[]>;
}

/** Finds what differs between two files of one kind. May throw where they are damaged, and may find nothing. */
export type Explainer = (
  before: Uint8Array,
  after: Uint8Array,
  explaining: Explaining,
) => readonly Finding[] | Promise<readonly Finding[]>;

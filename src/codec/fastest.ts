import type { CompressBlock } from './block-codec.js';

export interface Candidates {
  readonly pinned: CompressBlock;
  readonly native: CompressBlock;
  /** Inputs that tell one implementation from another (see `selfTestCorpus`). Asked for only when there is a test. */
  corpus(): readonly Uint8Array[];
}

/** A real block must be this long to count as evidence; one shorter than this is not worth a test either. */
const LEAST_SAMPLE_BYTES = 64 * 1024;

function givesSame(native: CompressBlock, block: Uint8Array, expected: Uint8Array): boolean {
  try {
    return Buffer.compare(native(block), expected) === 0;
  } catch {
    return false;
  }
}

/**
 * The native codec where it gives the bytes of the pinned one, else the pinned one. Nothing is assumed: blocks are
 * compressed pinned until one of some size has been; only when yet another follows is the native codec tried, on that
 * real block and on the corpus, and one differing byte or one error rules it out for good. So a short stream does not
 * pay for a test, and a long one pays once, for what the native codec needs for one block and both for the corpus.
 */
export function fastest({ pinned, native, corpus }: Candidates): CompressBlock {
  let sample: { readonly block: Uint8Array; readonly expected: Uint8Array } | undefined;
  let isFaithful: boolean | undefined;
  return (block) => {
    if (isFaithful === undefined && sample !== undefined) {
      isFaithful =
        givesSame(native, sample.block, sample.expected) &&
        corpus().every((input) => givesSame(native, input, pinned(input)));
      sample = undefined;
    }
    if (isFaithful === true) return native(block);
    const bytes = pinned(block);
    if (isFaithful === undefined && block.length >= LEAST_SAMPLE_BYTES) {
      sample = { block: new Uint8Array(block), expected: new Uint8Array(bytes) };
    }
    return bytes;
  };
}

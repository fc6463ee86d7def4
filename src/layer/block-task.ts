import { type Implementation, openBlockCompressor } from '../codec/index.js';
import { errnoOf, type Files, type WorkerTask } from '../host/index.js';
import { type Compression, type Digest, digestOf } from '../oci/index.js';
import type { Extent } from '../tree/index.js';

/** A part of a block that a thread fills. */
export interface ThreadGap {
  readonly at: number;
  readonly length: number;
  readonly extent: Extent;
  /** Bytes of the content, which are all of the file where the extent has no position. */
  readonly size: number;
  /** Where in the content. */
  readonly from: number;
  /** Of the file, where the gap is all of it; a part of a file is checked by whoever sees all of its parts. */
  readonly digest: Digest | undefined;
}

/** Where a block that was compressed before lies. */
export interface CompressedExtent {
  readonly path: string;
  readonly position: number;
  readonly length: number;
  readonly digest: Digest;
  /** Of the block before it was compressed. */
  readonly crc32: number;
}

export interface BlockWork {
  readonly tar: Uint8Array;
  readonly gaps: readonly ThreadGap[];
  readonly compression: Compression;
  readonly level: number;
  readonly implementation: Implementation;
  /** The same block from an earlier time. */
  readonly before: CompressedExtent | undefined;
}

export interface BlockResult {
  /** The block, filled. */
  readonly tar: Uint8Array;
  /** Compressed; undefined for no compression, and where gaps could not be filled. */
  readonly bytes: Uint8Array | undefined;
  /** Of `bytes`. */
  readonly digest: Digest | undefined;
  readonly crc32: number;
  /** Which gaps could not be filled, for whatever reason: the caller finds out. */
  readonly unfilled: readonly number[];
}

/** True where the bytes came to be in `target` and have the digest, and a file that is to be all of the content has no others. */
function fill(target: Uint8Array, { extent, size, from, digest }: ThreadGap, files: Files): boolean {
  try {
    const handle = files.openRead(extent.path);
    try {
      const start = (extent.position ?? 0) + from;
      if (handle.read(target, start) < target.length) return false;
      if (extent.position === undefined && handle.stat().size !== size) return false;
    } finally {
      handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
  return digest === undefined || digestOf(target) === digest;
}

function readBefore({ path, position, length, digest }: CompressedExtent, files: Files): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  const isSame = fill(bytes, { at: 0, length, size: length, extent: { path, position }, from: 0, digest }, files);
  return isSame ? bytes : undefined;
}

/** The work of one thread on the blocks of layers: reads what belongs into them, and compresses them. */
export function blockTask(files: Files): WorkerTask<BlockWork, BlockResult> {
  const compress = openBlockCompressor();
  return {
    entry: 'layer-worker',
    async run({ tar, gaps, compression, level, implementation, before }) {
      const unfilled = gaps.flatMap((gap, i) => {
        const target = tar.subarray(gap.at, gap.at + gap.length);
        return fill(target, gap, files) ? [] : [i];
      });
      if (unfilled.length > 0) return { tar, bytes: undefined, digest: undefined, crc32: 0, unfilled };
      const known = before === undefined ? undefined : readBefore(before, files);
      if (before !== undefined && known !== undefined) {
        return { tar, bytes: known, digest: before.digest, crc32: before.crc32, unfilled };
      }
      if (compression === 'none') return { tar, bytes: undefined, digest: undefined, crc32: 0, unfilled };
      const { bytes, crc32 } = await compress({ codec: compression, level, implementation, block: tar });
      return { tar, bytes, digest: digestOf(bytes), crc32, unfilled };
    },
  };
}

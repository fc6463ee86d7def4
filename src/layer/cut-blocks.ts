import { createHash, type Hash } from 'node:crypto';
import { END_BYTES, encodeHeader, paddingOf, type TarMember } from '../tar/index.js';
import type { FileEntry, FileTree } from '../tree/index.js';
import { BLOCK_RULES, type BlockRule, beginsBlock } from './block-rule.js';
import type { LayerFormat } from './layer-key.js';
import { tarOfTree } from './tar-of-tree.js';

/** A part of a block that is to be filled with a part of a file's content. */
export interface Gap {
  /** Where in the block. */
  readonly at: number;
  /** Where in the file. */
  readonly from: number;
  /** Bytes. */
  readonly length: number;
  readonly entry: FileEntry;
}

/** A block of a layer's tar, without the contents of its files. */
export interface LayerBlock {
  /** All of the block, with anything in the gaps; it has its buffer for itself. */
  readonly tar: Uint8Array<ArrayBuffer>;
  /** In the order of the tar. */
  readonly gaps: readonly Gap[];
  /** Equal keys mean equal blocks: sha256, in hexadecimal digits, over what is in it and the digests of the files. */
  readonly key: string;
}

/** The block that is being cut. */
class OpenBlock {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #gaps: Gap[] = [];
  readonly #hash: Hash = createHash('sha256');
  #hashed = 0;
  #filled = 0;

  /** @param buffer as long as a block may be; it may hold anything, and serves the next block afterwards */
  constructor(buffer: Uint8Array<ArrayBuffer>) {
    this.#buffer = buffer;
  }

  get filled(): number {
    return this.#filled;
  }

  get room(): number {
    return this.#buffer.length - this.#filled;
  }

  /** At most as many bytes as there is room for. */
  put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Zeros, at most as many as there is room for. */
  pad(count: number): void {
    this.#buffer.fill(0, this.#filled, this.#filled + count);
    this.#filled += count;
  }

  putGap(entry: FileEntry, from: number, length: number): void {
    this.#hash.update(this.#buffer.subarray(this.#hashed, this.#filled)).update(`${entry.digest} ${from} ${length}`);
    this.#gaps.push({ at: this.#filled, from, length, entry });
    this.#filled += length;
    this.#hashed = this.#filled;
  }

  close(): LayerBlock {
    const key = this.#hash.update(this.#buffer.subarray(this.#hashed, this.#filled)).digest('hex');
    return { tar: this.#buffer.slice(0, this.#filled), gaps: this.#gaps, key };
  }
}

/** Cuts a tar as it grows. */
class Cutter {
  readonly #rule: BlockRule;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #block: OpenBlock;

  constructor(rule: BlockRule) {
    this.#rule = rule;
    this.#buffer = new Uint8Array(rule.maxBytes);
    this.#block = new OpenBlock(this.#buffer);
  }

  *add(member: TarMember, entry: FileEntry | undefined): Generator<LayerBlock> {
    const header = encodeHeader(member);
    const padding = paddingOf(member.size);
    const tarBytes = header.length + member.size + padding;
    if (beginsBlock({ path: member.path, tarBytes }, this.#block.filled, this.#rule)) yield* this.end();
    yield* this.#put(header.length, (from, length) => this.#block.put(header.subarray(from, from + length)));
    if (entry !== undefined) {
      yield* this.#put(entry.size, (from, length) => this.#block.putGap(entry, from, length));
    }
    yield* this.zeros(padding);
  }

  zeros(count: number): Generator<LayerBlock> {
    return this.#put(count, (_, length) => this.#block.pad(length));
  }

  *end(): Generator<LayerBlock> {
    if (this.#block.filled === 0) return;
    yield this.#block.close();
    this.#block = new OpenBlock(this.#buffer);
  }

  /** Puts so many bytes, in pieces that the blocks have room for. */
  *#put(count: number, put: (from: number, length: number) => void): Generator<LayerBlock> {
    for (let from = 0; from < count; ) {
      const length = Math.min(this.#block.room, count - from);
      put(from, length);
      from += length;
      if (this.#block.room === 0) yield* this.end();
    }
  }
}

/**
 * The tar of a layer in blocks: all of them, one after the other, are the archive that `writeTar` writes (format 1, "Tar").
 * Where they end depends on the tar alone (format 1, "Compression"). Nothing is read.
 *
 * Throws what `encodeHeader` throws.
 */
export function* cutBlocks(tree: FileTree, format: LayerFormat): Generator<LayerBlock> {
  const cutter = new Cutter(BLOCK_RULES[format.compression]);
  for (const { member, entry } of tarOfTree(tree, format.created)) yield* cutter.add(member, entry);
  yield* cutter.zeros(END_BYTES);
  yield* cutter.end();
}

import { lazy } from '../util/index.js';
import type { CompressBlock } from './block-codec.js';
import { deflateWasm } from './generated/deflate-wasm.js';

/** What assembly/index.ts exports. Addresses and counts are in bytes. */
interface Deflate {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Once, before anything else. */
  prepare(): void;
  inputAddress(): number;
  inputLimit(): number;
  outputAddress(): number;
  /** Compresses what was put at the input's address; returns how much there is at the output's. */
  compress(count: number, level: number): number;
}

/** The part of the global `WebAssembly` that is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** One instance for the whole thread, with less than 10 MiB of memory. No result depends on what it did before. */
const deflate = lazy((): Deflate => {
  const module = new WebAssembly.Module(Buffer.from(deflateWasm, 'base64'));
  const instance = new WebAssembly.Instance(module).exports as Deflate;
  instance.prepare();
  return instance;
});

/**
 * Raw deflate (RFC 1951) as format 1 defines it: deflate blocks that refer to nothing outside this block, none of them
 * marked as the last, and then an empty stored one, so that results stand one after the other in one stream. A result
 * is longer than its block by at most 5 bytes for each 65,535 of it or a part of them, and 5 for the end. Blocks have at
 * most 4 MiB; a longer one is a RangeError.
 * @param level 1 to 9
 */
export function compressDeflate(level: number): CompressBlock {
  return (block) => {
    const encoder = deflate();
    if (block.length > encoder.inputLimit()) throw new RangeError(`a block of ${block.length} bytes is too long`);
    new Uint8Array(encoder.memory.buffer, encoder.inputAddress()).set(block);
    const count = encoder.compress(block.length, level);
    return new Uint8Array(encoder.memory.buffer, encoder.outputAddress(), count).slice();
  };
}

import { lazy } from '../util/index.js';
import { putInput, xzInstance } from './xz-wasm.js';

/** One for the whole thread: it keeps nothing. */
const wasm = lazy(xzInstance);

/** A CRC-64 under way (The .xz File Format, section 6). */
export class Crc64 {
  #crc = 2n ** 64n - 1n;

  update(bytes: Uint8Array): void {
    const instance = wasm();
    const limit = instance.inputLimit();
    for (let at = 0; at < bytes.length; at += limit) {
      const piece = bytes.subarray(at, at + limit);
      putInput(instance, piece);
      this.#crc = BigInt.asUintN(64, instance.extendCheck(this.#crc, piece.length));
    }
  }

  /** Eight bytes, the lowest first. */
  digest(): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(this.#crc ^ (2n ** 64n - 1n));
    return bytes;
  }
}

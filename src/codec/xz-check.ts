import { createHash } from 'node:crypto';
import { crc32 } from './crc32.js';
import { Crc64 } from './crc64.js';

/** How the content of a block is checked (The .xz File Format, section 2.1.1.2). */
export interface XzCheck {
  readonly name: string;
  readonly size: number;
  /** A check under way. */
  begin(): { update(bytes: Uint8Array): void; digest(): Uint8Array };
}

function runningCrc32() {
  let crc = 0;
  return {
    update(bytes: Uint8Array): void {
      crc = crc32(bytes, crc);
    },
    digest(): Uint8Array {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(crc);
      return bytes;
    },
  };
}

function runningSha256() {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array): void => void hash.update(bytes), digest: (): Uint8Array => hash.digest() };
}

const nothing = { update: (): void => undefined, digest: (): Uint8Array => new Uint8Array(0) };

/** By the number in the flags of a stream. The others are reserved: nobody knows what they would be. */
export const XZ_CHECKS: Readonly<Record<number, XzCheck>> = {
  0: { name: 'no check', size: 0, begin: () => nothing },
  1: { name: 'CRC-32', size: 4, begin: runningCrc32 },
  4: { name: 'CRC-64', size: 8, begin: () => new Crc64() },
  10: { name: 'SHA-256', size: 32, begin: runningSha256 },
};

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Bytes, Chunks } from '../../src/util/index.js';
import { bytesOf, collect } from '../../src/util/index.js';

export async function all(stream: Chunks): Promise<Buffer> {
  return Buffer.from(await collect(stream, Number.MAX_SAFE_INTEGER));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes that compress about as well as programs and text do; the same for the same arguments. */
export function sample(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const next = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  for (let i = 0; i < length; ) {
    const end = Math.min(length, i + 1 + next(next(8) === 0 ? 900 : 30));
    const distance = 1 + next(Math.min(i + 1, 60_000));
    const kind = i < 64 ? 0 : next(4);
    const fixed = next(256);
    for (; i < end; i++) bytes[i] = kind === 0 ? next(256) : kind === 1 ? fixed : bytes[i - distance]!;
  }
  return bytes;
}

/** `bytes` in pieces of the lengths that `lengths` gives, over and over; 0 gives an empty chunk. */
export function* cut(bytes: Uint8Array, ...lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export async function* asynchronous(chunks: Iterable<Uint8Array>): Bytes {
  yield* chunks;
}

/** `chunks`, each in the same buffer, which is spoilt when the next one is asked for. */
export function* reusing(chunks: Iterable<Uint8Array>, limit: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(limit);
  for (const chunk of chunks) {
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
    buffer.fill(0xee);
  }
}

export const one = (bytes: Uint8Array): Bytes => bytesOf(bytes);

/** Runs a program of the machine on `input`; returns its standard output, throws where it fails. */
export function filter(program: string, args: readonly string[], input: Uint8Array): Buffer {
  return execFileSync(program, [...args], { input, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'pipe'] });
}

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeHeader, type TarSource, writeTar } from '../../src/tar/index.js';
import { bytesOf, type Chunks, collect } from '../../src/util/index.js';
import { content, END, failureOf, LIMITS, member } from './support.js';

const CHUNK = 256 * 1024;

const source = (path: string, size: number, open: () => Chunks): TarSource => ({
  member: member(path, { size }),
  open,
});
const pattern = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251));
const archiveOf = (sources: Iterable<TarSource>) => collect(writeTar(sources), LIMITS.maxBytes);

describe('the writer', () => {
  it('makes 1,024 zero bytes of nothing', async () => {
    expect(Buffer.from(await archiveOf([])).equals(Buffer.alloc(1024))).toBe(true);
  });

  it('puts headers, contents and padding in a row, then two zero blocks', async () => {
    const bytes = await archiveOf([
      { member: member('d', { kind: 'directory' }) },
      source('d/a', 5, () => [Buffer.from('hello')]),
      source('d/b', 512, () => [Buffer.alloc(512, 1)]),
      source('d/c', 0, () => []),
    ]);
    const expected = [
      encodeHeader(member('d', { kind: 'directory' })),
      encodeHeader(member('d/a', { size: 5 })),
      content('hello'),
      encodeHeader(member('d/b', { size: 512 })),
      Buffer.alloc(512, 1),
      encodeHeader(member('d/c')),
      END,
    ];
    expect(Buffer.from(bytes).equals(Buffer.concat(expected))).toBe(true);
  });

  const size = 3 * CHUNK + 1234;
  const data = pattern(size);
  function* pieces(length: number) {
    for (let at = 0; at < size; at += length) yield data.subarray(at, at + length);
  }
  const opens: readonly (readonly [string, () => Chunks])[] = [
    ['at once', () => [data]],
    ['in pieces of 1,000 bytes', () => pieces(1000)],
    ['in pieces of a chunk', () => pieces(CHUNK)],
    ['with waiting', () => bytesOf(...pieces(70_000))],
    ['with empty pieces', () => [new Uint8Array(), data.subarray(0, 9), new Uint8Array(), data.subarray(9)]],
  ];
  it.each(opens)('gives the same bytes for a content that comes %s, in chunks of 256 KiB', async (_, open) => {
    const hash = createHash('sha256');
    const lengths: number[] = [];
    for await (const chunk of writeTar([source('a', size, open), { member: member('b') }])) {
      hash.update(chunk);
      lengths.push(chunk.length);
    }
    expect(hash.digest('hex')).toBe('7d1b634b2e8b4952e584aa6b5d3f723989e8f9790b21a21a5b8e28f0d17e4267');
    expect(lengths).toEqual([CHUNK, CHUNK, CHUNK, 512 + 1234 + 302 + 512 + 1024]);
  });

  it('makes whole chunks where the archive ends with one', async () => {
    const lengths: number[] = [];
    const full = CHUNK - 512 - 1024;
    for await (const chunk of writeTar([source('a', full, () => [pattern(full)])])) lengths.push(chunk.length);
    expect(lengths).toEqual([CHUNK]);
  });

  const wrong: readonly (readonly [string, () => Chunks, string, number])[] = [
    ['is shorter', () => [Buffer.from('1234')], 'ended after 4', 4],
    ['is empty', () => [], 'ended after 0', 0],
    ['is longer', () => [Buffer.from('123'), Buffer.from('456')], 'has more', 6],
    ['is shorter, with waiting', () => bytesOf(Buffer.from('1234')), 'ended after 4', 4],
    ['is longer, with waiting', () => bytesOf(Buffer.from('123456')), 'has more', 6],
  ];
  it.each(wrong)('stops where a content %s than its member says', async (_, open, found, foundBytes) => {
    const error = await failureOf(archiveOf([source('a', 5, open)]));
    expect(error.code).toBe('input-changed');
    expect(error.message).toBe(`Cannot archive "a": it should have 5 bytes, but ${found}`);
    expect(error.details).toEqual({ path: 'a', expectedBytes: 5, foundBytes });
  });

  it('opens one content at a time, and closes it where nobody reads on', async () => {
    const log: string[] = [];
    const logged = (path: string, isAsync: boolean): TarSource => {
      function* bytes() {
        log.push(`open ${path}`);
        try {
          yield pattern(2 * CHUNK);
        } finally {
          log.push(`close ${path}`);
        }
      }
      return source(path, 2 * CHUNK, isAsync ? () => bytesOfAll(bytes()) : bytes);
    };
    async function* bytesOfAll(bytes: Iterable<Uint8Array>) {
      yield* bytes;
    }
    let chunks = 0;
    for await (const _ of writeTar([logged('a', false), logged('b', true), logged('c', false)])) {
      if (++chunks === 3) break;
    }
    expect(log).toEqual(['open a', 'close a', 'open b', 'close b']);
  });

  it('lets timers have their turn while contents need no waiting', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const chunk = new Uint8Array(2 ** 20);
    for await (const _ of writeTar([source('a', 40 * 2 ** 20, () => Array.from({ length: 40 }, () => chunk))]));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

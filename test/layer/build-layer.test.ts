import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { buildLayer, decodeBlocks, encodeBlocks, type LayerFormat, openLayerThreads } from '../../src/layer/index.js';
import type { Compression } from '../../src/oci/index.js';
import { digestOf } from '../../src/oci/index.js';
import { type Entry, type FileEntry, type FileTree, treeOf } from '../../src/tree/index.js';
import { bytesOf, type Chunks, collect } from '../../src/util/index.js';
import { failureOf } from '../support/failure-of.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { directory } from '../tree/support.js';

const LIMIT = 2 ** 26;
const gzip: LayerFormat = { compression: 'gzip', level: 1, created: 0 };
const FORMATS: readonly LayerFormat[] = [
  gzip,
  { ...gzip, compression: 'zstd' },
  { ...gzip, compression: 'none', level: 0 },
];

/** Bytes that look like text, other ones for every seed. */
function text(seed: number, length: number): Buffer {
  const words = createHash('sha512')
    .update(String(seed))
    .digest('hex')
    .repeat(1 + Math.ceil(length / 128));
  return Buffer.from(words.slice(0, length));
}

function fileOf(path: string, bytes: Buffer, open: () => Chunks = () => [bytes]): FileEntry {
  const facts = { mode: 0o644, uid: 0, gid: 0, origin: { kind: 'files', label: 'files ./test' } };
  return { ...facts, kind: 'file', path, size: bytes.length, digest: digestOf(bytes), open };
}

describe('a layer that is written', () => {
  const workspace = temporaryDirectory();
  const host = createNodeHost();
  let names = 0;

  async function build(
    tree: FileTree,
    format: LayerFormat = gzip,
    more: Partial<Parameters<typeof buildLayer>[2]> = {},
  ) {
    const threads = openLayerThreads(host, 'pinned');
    let blob = new Uint8Array();
    const store = async (bytes: Chunks) => {
      blob = new Uint8Array(await collect(bytes, LIMIT));
      return { digest: digestOf(blob), size: blob.length };
    };
    try {
      const layer = await buildLayer(tree, format, { threads, store, progress: () => undefined, ...more });
      return { ...layer, blob };
    } finally {
      await threads.close();
    }
  }

  /** The same file on this machine. Opening it by its entry fails, so that only threads can have read it. */
  function onDisk(path: string, bytes: Buffer): FileEntry {
    const place = join(workspace.path, String(++names));
    writeFileSync(place, bytes);
    const open = (): never => {
      throw new Error(`${path} was opened`);
    };
    return { ...fileOf(path, bytes, open), extent: { path: place } };
  }

  const contents = (count: number, size: (i: number) => number): readonly (readonly [string, Buffer])[] =>
    Array.from({ length: count }, (_, i) => [`d/f${String(i).padStart(4, '0')}`, text(i, size(i))] as const);
  const many = contents(900, (i) => (i % 100 === 7 ? 1_500_000 : (i * 977) % 9_000));
  const treeWith = (make: (path: string, bytes: Buffer) => Entry, files = many): FileTree =>
    treeOf([directory('d'), ...files.map(([path, bytes]) => make(path, bytes))]);

  it.each(FORMATS)(
    'is the same for files on disk, files in memory, and files that come with waiting: $compression',
    async (format) => {
      const plain = await build(treeWith(fileOf), format);
      const place = join(workspace.path, 'joined');
      writeFileSync(place, Buffer.concat(many.map(([, bytes]) => bytes)));
      let position = 0;
      const variants = [
        treeWith(onDisk),
        treeWith((path, bytes) => fileOf(path, bytes, () => bytesOf(bytes.subarray(0, 3), bytes.subarray(3)))),
        treeWith((path, bytes) => (bytes.length % 2 === 0 ? onDisk(path, bytes) : fileOf(path, bytes))),
        treeWith((path, bytes) => {
          const extent = { path: place, position };
          position += bytes.length;
          // Those of several blocks are read by their entries, the others by threads only.
          return { ...(bytes.length > 1_000_000 ? fileOf(path, bytes) : onDisk(path, bytes)), extent };
        }),
      ];
      for (const tree of variants) {
        const { descriptor, diffId } = await build(tree, format);
        expect({ descriptor, diffId }).toEqual({ descriptor: plain.descriptor, diffId: plain.diffId });
      }
    },
  );

  const changes: readonly (readonly [string, (file: FileEntry) => void])[] = [
    ['has other bytes', ({ extent, size }) => writeFileSync(extent!.path, Buffer.alloc(size, 1))],
    ['has become shorter', ({ extent, size }) => writeFileSync(extent!.path, Buffer.alloc(size - 1))],
    ['has become longer', ({ extent }) => appendFileSync(extent!.path, 'x')],
    ['is gone', ({ extent }) => rmSync(extent!.path)],
  ];
  it.each(changes)('reads a file that %s by its entry, which has the last word', async (_, change) => {
    const bytes = text(1, 5_000);
    const file = onDisk('d/x', bytes);
    const { descriptor } = await build(treeOf([directory('d'), file]));
    change(file);
    await expect(build(treeOf([directory('d'), file]))).rejects.toThrow('d/x was opened');
    const found = { ...file, open: () => bytesOf(bytes) };
    expect((await build(treeOf([directory('d'), found]))).descriptor).toEqual(descriptor);
  });

  it.each(changes)('asks the entry of a file of several blocks that %s', async (_, change) => {
    const file = onDisk('x', text(1, 3_000_000));
    change(file);
    await expect(build(treeOf([file]))).rejects.toThrow('x was opened');
  });

  it('is refused where a file of several blocks was changed and its entry does not see it', async () => {
    const bytes = text(2, 3_000_000);
    const file = { ...onDisk('x', bytes), open: () => bytesOf(bytes) };
    writeFileSync(file.extent!.path, Buffer.alloc(bytes.length, 1));
    const failure = await failureOf(build(treeOf([file])));
    expect([failure.code, failure.message]).toEqual([
      'input-changed',
      'Cannot archive "x": it should have 3000000 bytes, but has other bytes now',
    ]);
  });

  it('takes a large file that lies damaged within another one from its entry, which has it made again', async () => {
    const bytes = text(3, 3_000_000);
    const place = join(workspace.path, 'unpacked');
    const file = { ...fileOf('x', bytes), extent: { path: place, position: 10 } };
    writeFileSync(place, Buffer.alloc(bytes.length + 10));
    expect((await build(treeOf([file]))).descriptor).toEqual((await build(treeOf([fileOf('x', bytes)]))).descriptor);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['shorter', ['12', '34'], 'ended after 4'],
    ['longer', ['12345', '6'], 'has more'],
  ])('is refused where a content is %s than its entry says', async (_, pieces, found) => {
    const chunks = pieces.map((piece) => Buffer.from(piece));
    for (const open of [() => chunks, () => bytesOf(...chunks)]) {
      const failure = await failureOf(build(treeOf([fileOf('a', Buffer.from('12345'), open)])));
      expect([failure.code, failure.message]).toEqual([
        'input-changed',
        `Cannot archive "a": it should have 5 bytes, but ${found}`,
      ]);
    }
  });

  it('refuses levels that the compression does not have', async () => {
    const wrong: readonly (readonly [Compression, number])[] = [
      ['gzip', 0],
      ['gzip', 10],
      ['gzip', 1.5],
      ['zstd', 20],
      ['none', 1],
    ];
    for (const [compression, level] of wrong) {
      await expect(build(treeOf([]), { ...gzip, compression, level })).rejects.toThrow(RangeError);
    }
  });

  describe('a second time', () => {
    let base: FileTree;
    beforeAll(() => {
      base = treeWith(onDisk);
    });
    async function remembered() {
      const first = await build(base);
      const blob = join(workspace.path, 'blob');
      writeFileSync(blob, first.blob);
      return { first, blob, memory: decodeBlocks(encodeBlocks(first.blocks), blob, gzip) };
    }
    /** Counts the blocks that are compressed, not taken from the memory. */
    async function rebuilt(tree: FileTree, memory: Awaited<ReturnType<typeof remembered>>['memory']) {
      const plain = await build(tree);
      const again = await build(tree, gzip, { memory });
      expect(again.descriptor).toEqual(plain.descriptor);
      expect(again.diffId).toBe(plain.diffId);
      expect(again.blocks).toEqual(plain.blocks);
      return again.blocks.filter(({ key }) => !memory.has(key)).length;
    }
    const edited = (edit: (files: (readonly [string, Buffer])[]) => void): FileTree => {
      const files = [...many];
      edit(files);
      return treeWith(onDisk, files);
    };

    it('compresses nothing that is unchanged, and few blocks around what is not', async () => {
      const { first, memory } = await remembered();
      expect(first.blocks.length).toBeGreaterThan(20);
      expect(await rebuilt(base, memory)).toBe(0);
      const edits: readonly ((files: (readonly [string, Buffer])[]) => void)[] = [
        (files) => files.splice(450, 1, [files[450]![0], text(99_999, files[450]![1].length)]),
        (files) => files.splice(450, 1, [files[450]![0], text(99_999, files[450]![1].length + 3_000)]),
        (files) => files.splice(450, 0, ['d/f0449x', text(99_999, 4_000)]),
        (files) => files.splice(450, 1),
        (files) => files.splice(0, 1),
        (files) => files.splice(407, 1, [files[407]![0], text(99_999, 1_400_000)]),
      ];
      for (const edit of edits) expect(await rebuilt(edited(edit), memory)).toBeLessThan(6);
    });

    it('gives the same bytes where the memory leads to damaged, shorter or missing blobs', async () => {
      const { first, blob, memory } = await remembered();
      const damaged = Buffer.from(readFileSync(blob));
      damaged.fill(0, damaged.length >> 1);
      for (const bytes of [damaged, damaged.subarray(0, 1000), undefined]) {
        if (bytes === undefined) rmSync(blob);
        else writeFileSync(blob, bytes);
        expect((await build(base, gzip, { memory })).descriptor).toEqual(first.descriptor);
      }
    });

    it('takes a text that is not whole as far as it goes', async () => {
      const { first, blob } = await remembered();
      const whole = encodeBlocks(first.blocks);
      fc.assert(
        fc.property(fc.nat(whole.length), (cut) => {
          const memory = decodeBlocks(whole.slice(0, cut), blob, gzip);
          expect(memory.size).toBeLessThanOrEqual(first.blocks.length);
        }),
      );
    });
  });
});

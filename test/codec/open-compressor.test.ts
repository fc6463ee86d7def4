import { crc32, gunzipSync } from 'node:zlib';
import { compress as zstdReference } from '@bokuweb/zstd-wasm';
import { Deflate } from 'pako';
import { describe, expect, it } from 'vitest';
import { type CodecChoice, openCompressor } from '../../src/codec/index.js';
import { pinnedZstd } from '../../src/codec/pinned-zstd.js';
import type { WorkerPool, Workers } from '../../src/host/index.js';
import type { Chunks } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { all, asynchronous, cut, filter, inlineWorkers, reusing, sample, sha256 } from './support.js';

const MiB = 1024 * 1024;
const gzip6: CodecChoice = { type: 'gzip', level: 6 };
const zstd3: CodecChoice = { type: 'zstd', level: 3 };

function compressed(input: Chunks, choice: CodecChoice, workers: Workers = inlineWorkers()): Promise<Buffer> {
  return all(openCompressor(workers, 'pinned').compress(input, choice));
}

/** The gzip file as format 1 describes it, written down a second time. */
function gzipReference(input: Buffer, level: number): Buffer {
  const blocks = [...cut(input, MiB)].map((block) => {
    const engine = new Deflate({ raw: true, level: level as 6 });
    engine.push(block, 2);
    return Buffer.concat(engine.chunks);
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(input));
  trailer.writeUInt32LE(input.length, 4);
  return Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), ...blocks, Buffer.of(3, 0), trailer]);
}

const inputs: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['a line', Buffer.from('hello, world\n')],
  ['one block less a byte', sample(MiB - 1)],
  ['one block', sample(MiB)],
  ['one block and a byte', sample(MiB + 1)],
  ['2 MiB of zeros', Buffer.alloc(2 * MiB)],
  ['three blocks', sample(2 * MiB + 77_777, 5)],
];

describe('gzip of format 1', () => {
  for (const [name, input] of inputs) {
    it(`is what the format says, for ${name}`, async () => {
      const output = await compressed([input], gzip6);
      expect(Buffer.compare(output, gzipReference(input, 6))).toBe(0);
      expect(Buffer.compare(gunzipSync(output), input)).toBe(0);
    });
  }

  it('has the level in its bytes and nowhere else', async () => {
    const input = sample(MiB + 1000);
    for (const level of [1, 9]) {
      expect(Buffer.compare(await compressed([input], { type: 'gzip', level }), gzipReference(input, level))).toBe(0);
    }
  });
});

describe('zstd of format 1', () => {
  it('is one frame for each 4 MiB', async () => {
    await pinnedZstd(3);
    for (const length of [0, 1, 4 * MiB - 1, 4 * MiB, 4 * MiB + 1, 9 * MiB]) {
      const input = sample(length);
      const frames =
        length === 0 ? [zstdReference(input, 3)] : [...cut(input, 4 * MiB)].map((b) => zstdReference(b, 3));
      expect(Buffer.compare(await compressed([input], zstd3), Buffer.concat(frames))).toBe(0);
    }
  });
});

describe('no compression', () => {
  it('passes everything through', async () => {
    const input = sample(100_000);
    expect(await compressed(cut(input, 7_000, 0, 1), { type: 'none', level: 0 })).toEqual(input);
  });
});

describe('a compressor', () => {
  const input = sample(4 * MiB + 333_333, 9);
  const shapes: readonly (readonly [string, readonly number[]])[] = [
    ['one chunk', [input.length]],
    ['61 bytes', [61]],
    ['777 bytes', [777]],
    ['tar blocks', [512]],
    ['64 KiB', [65_536]],
    ['exactly a block', [MiB]],
    ['a block less a byte', [MiB - 1]],
    ['a block and a byte', [MiB + 1]],
    ['empty chunks and single bytes between', [0, 100_000, 1, 0, 0, 1]],
    ['all sizes', [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]],
  ];
  for (const choice of [{ type: 'gzip', level: 1 }, zstd3] as const) {
    const expected = compressed([input], choice).then(sha256);
    for (const [name, lengths] of shapes) {
      it(`gives the same ${choice.type} for ${name}, awaited or not`, async () => {
        const compressor = openCompressor(inlineWorkers(), 'fastest');
        const limit = Math.max(...lengths);
        const plain = await all(compressor.compress(cut(input, ...lengths), choice));
        const awaited = await all(compressor.compress(asynchronous(reusing(cut(input, ...lengths), limit)), choice));
        expect([sha256(plain), sha256(awaited)]).toEqual([await expected, await expected]);
      });
    }
    for (const count of [1, 2, 8]) {
      for (const implementation of ['pinned', 'fastest'] as const) {
        it(`gives the same ${choice.type} with ${count} workers, ${implementation}`, async () => {
          const compressor = openCompressor(inlineWorkers(count), implementation);
          expect(sha256(await all(compressor.compress([input], choice)))).toBe(await expected);
        });
      }
    }
  }

  it('copies chunks that the producer reuses', async () => {
    const plain = await compressed([input], gzip6);
    expect(Buffer.compare(await compressed(reusing(cut(input, 4_096), 4_096), gzip6), plain)).toBe(0);
  });

  it('compresses several streams at a time', async () => {
    const compressor = openCompressor(inlineWorkers(), 'pinned');
    const many = [1, 2, 3].map((seed) => sample(MiB + 5_000, seed));
    const outputs = await Promise.all(many.map((bytes) => all(compressor.compress([bytes], gzip6))));
    expect(outputs.map((output) => sha256(gunzipSync(output)))).toEqual(many.map(sha256));
  });

  it('refuses levels that do not exist', () => {
    const compressor = openCompressor(inlineWorkers(), 'pinned');
    const wrong: readonly CodecChoice[] = [
      { type: 'gzip', level: 0 },
      { type: 'gzip', level: 10 },
      { type: 'gzip', level: 1.5 },
      { type: 'zstd', level: 20 },
      { type: 'none', level: 1 },
    ];
    for (const choice of wrong) expect(() => compressor.compress([], choice)).toThrow(RangeError);
  });
});

/** Workers whose pool is `wrap` of the inline one. */
function wrapped(wrap: <I, O>(pool: WorkerPool<I, O>) => WorkerPool<I, O>, count = 2): Workers {
  const inner = inlineWorkers(count);
  return { count, open: (task) => wrap(inner.open(task)) };
}

describe('the blocks of a stream', () => {
  const input = sample(12 * MiB, 3);
  const gzip1: CodecChoice = { type: 'gzip', level: 1 };

  it('come out in order, however late each is ready, and only so many are under way', async () => {
    let running = 0;
    let most = 0;
    let turn = 0;
    const workers = wrapped((pool) => ({
      ...pool,
      async run(block, transfer) {
        most = Math.max(most, ++running);
        const result = await pool.run(block, transfer);
        await new Promise((resolve) => setTimeout(resolve, [30, 0, 15, 5][turn++ % 4]));
        running--;
        return result;
      },
    }));
    const output = await compressed(cut(input, 50_000), gzip1, workers);
    expect(Buffer.compare(output, gzipReference(input, 1))).toBe(0);
    expect(most).toBe(4);
  });

  it('fail the stream where a worker fails, and close the input', async () => {
    let isClosed = false;
    function* watched(): Generator<Uint8Array> {
      try {
        yield* cut(input, MiB);
      } finally {
        isClosed = true;
      }
    }
    let turn = 0;
    const workers = wrapped((pool) => ({
      ...pool,
      run: (block, transfer) => (++turn < 2 ? pool.run(block, transfer) : Promise.reject(new Error('the thread died'))),
    }));
    await expect(compressed(watched(), gzip1, workers)).rejects.toThrow('the thread died');
    expect(isClosed).toBe(true);
  });

  it('are not read on when nobody wants them any more', async () => {
    let blocksRead = 0;
    let isClosed = false;
    function* watched(): Generator<Uint8Array> {
      try {
        for (const chunk of cut(input, MiB)) {
          blocksRead++;
          yield chunk;
        }
      } finally {
        isClosed = true;
      }
    }
    const compressor = openCompressor(inlineWorkers(1), 'pinned');
    let pieces = 0;
    for await (const _ of compressor.compress(watched(), gzip1)) if (++pieces === 2) break;
    expect({ isClosed, blocksRead }).toEqual({ isClosed: true, blocksRead: 3 });
  });

  it('cannot be compressed after close', async () => {
    const compressor = openCompressor(inlineWorkers(), 'pinned');
    await compressor.close();
    await compressor.close();
    await expect(all(compressor.compress([input], gzip1))).rejects.toThrow('closed');
  });
});

describe('programs of the machine', () => {
  const input = sample(5 * MiB + 4_321, 4);
  const python = 'import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))';
  for (const bytes of [input, Buffer.alloc(0)]) {
    it.skipIf(!need('gunzip'))(`gunzip reads ${bytes.length} bytes`, async () => {
      expect(Buffer.compare(filter('gunzip', ['-c'], await compressed([bytes], gzip6)), bytes)).toBe(0);
    });
    it.skipIf(!need('python3'))(`python3 reads ${bytes.length} bytes of gzip`, async () => {
      expect(Buffer.compare(filter('python3', ['-c', python], await compressed([bytes], gzip6)), bytes)).toBe(0);
    });
    it.skipIf(!need('zstd'))(`zstd reads ${bytes.length} bytes`, async () => {
      expect(Buffer.compare(filter('zstd', ['-dc'], await compressed([bytes], zstd3)), bytes)).toBe(0);
    });
  }
});

/** Bytes that may never change while the format is number 1. */
const GOLDEN: readonly (readonly [string, CodecChoice, string])[] = [
  ['nothing', gzip6, 'ac73670af3abed54ac6fb4695131f4099be9fbe39d6076c5d0264a6bbdae9d83'],
  ['a line', gzip6, '35383a880653011cc7880a6150d211773689391e0a0bf4b6791f2a3aec93b07f'],
  ['2 MiB of zeros', gzip6, 'cb92231344c4fb4454e58dd03767af6f825cc14659a19654fe78a75e5c1be045'],
  ['three blocks', { type: 'gzip', level: 1 }, '824fbbfc7c6debde0bbe0549f8c0a8ef8c58a62d9d14e1badef1a2679df732c7'],
  ['three blocks', gzip6, '89bcdd6a812836c663ec03182b502f81381445e6b8c00e9908ef2ca8636c19d0'],
  ['three blocks', { type: 'gzip', level: 9 }, 'd11d17b69e9a5048a5fd81c3cda429c622e3808d4621a3bd4b1864f30bfeb6bf'],
  ['nothing', zstd3, '6fb8543883dafcc2ed0934866b8b3f775231f5b0933add08bf502e9e84944cbd'],
  ['a line', zstd3, '100f8725b1c5bb3c86d6e38e4083e9909db569161753ada697c91697a01808b9'],
  ['three blocks', { type: 'zstd', level: 1 }, '03f6364c96d77002f6f20e1ce3834d2174bde67e9c7410fae817041bfe655155'],
  ['three blocks', zstd3, '52c5fd7f7c4ee3dd14d81afa593a5896736425a348e2202b5c56cbf60b7d1bf7'],
  ['three blocks', { type: 'zstd', level: 19 }, '704daa63ea713f8552987f7d75de0e4f4890bb051867dad8cdd368d293495577'],
];

describe('golden bytes', () => {
  for (const [name, choice, expected] of GOLDEN) {
    it(`are those of ${choice.type} ${choice.level} for ${name}`, async () => {
      const [, input] = inputs.find(([title]) => title === name)!;
      expect(sha256(await compressed([input], choice))).toBe(expected);
    });
  }
});

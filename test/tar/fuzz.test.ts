import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { archive, block, content, inPieces, member, meta, pax, type Read, readAll, sumOf, write } from './support.js';
import { readWithTarStream } from './tar-stream.js';

const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** Archives that hold a header of every kind. */
async function seeds(): Promise<Buffer[]> {
  const ours = await write([
    { member: member('d', { kind: 'directory' }), body: '' },
    { member: member('d/a', { size: 5 }), body: 'hello' },
    { member: member(`d/${'n'.repeat(120)}`, { size: 600, uid: 3_000_000, mtime: 2 ** 33 }), body: 'x'.repeat(600) },
    { member: member('d/é', { xattrs: new Map([['security.capability', capability]]) }), body: '' },
    { member: member('d/h', { kind: 'hardlink', linkTarget: 'd/a' }), body: '' },
    { member: member('d/l', { kind: 'symlink', linkTarget: 't'.repeat(150) }), body: '' },
    { member: member('d/null', { kind: 'character-device', deviceMajor: 1, deviceMinor: 3 }), body: '' },
  ]);
  const gnu = { magic: 'ustar  \0' };
  const foreign = archive(
    meta('g', '12 comment=\n'),
    block({ name: './', type: '5' }),
    block({ name: './a', prefix: 'p/q', size: 5 }),
    content('hello'),
    meta('L', './long/name\0'),
    meta('K', './long/target\0'),
    block({ ...gnu, type: '2', link: 'short' }),
    block({ ...gnu, name: 'big', size: `\x80${'\0'.repeat(10)}\x05` }),
    content('hello'),
    pax(['path', './pax'], ['uid', '7'], ['size', '5'], ['atime', '1.5']),
    block({ size: 5 }),
    content('hello'),
    block({ name: 'v7', magic: '\0'.repeat(8), type: '\0' }),
  );
  return [Buffer.from(ours), foreign];
}

/** Where the headers of an archive stand, by its own sizes. */
function headersOf(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = 0; bytes[at] !== 0; ) {
    offsets.push(at);
    const size =
      bytes[at + 124] === 0x80 ? bytes[at + 135]! : Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return offsets;
}

interface Damage {
  /** Parts of 2^32. */
  readonly at: number;
  readonly value: number;
  /** Bytes that look like something, rather than one of any value. */
  readonly text: string | null;
}

const texts = [
  '\0',
  ' ',
  '-',
  '/',
  '..',
  '../',
  './',
  '0',
  '7',
  '8',
  '\x80',
  '\xff',
  '=',
  '\n',
  '10 path=b\n',
  'x',
  'g',
  'L',
  'K',
  'S',
  '1',
  '2',
  '5',
];
const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(2 ** 32 - 1),
  value: fc.nat(255),
  text: fc.option(fc.constantFrom(...texts)),
});

/** Damages bytes; with `isSealed`, in headers and their records only, whose checksums then fit again. */
function damaged(seed: Buffer, damages: readonly Damage[], isSealed: boolean): Buffer {
  const bytes = Buffer.from(seed);
  const headers = headersOf(seed);
  for (const { at, value, text } of damages) {
    const header = headers[at % headers.length]!;
    const offset = isSealed ? header + (Math.floor(at / headers.length) % 560) : at % bytes.length;
    if (text === null) bytes[offset] = value;
    else bytes.write(text, offset, 'latin1');
  }
  if (isSealed) {
    for (const at of headers)
      bytes.write(
        `${sumOf(bytes.subarray(at, at + 512))
          .toString(8)
          .padStart(6, '0')}\0 `,
        at + 148,
      );
  }
  return bytes;
}

/** The members, or undefined where the archive was refused. Any other error is a bug and goes on. */
async function readOrRefuse(bytes: Buffer, pieceBytes: number): Promise<Read[] | undefined> {
  try {
    return await readAll(inPieces(bytes, pieceBytes));
  } catch (error) {
    if (error instanceof TbuildError && error.code.startsWith('archive-')) return undefined;
    throw error;
  }
}

/** What tar-stream reads, with names as our reader gives them. */
async function readByOther(bytes: Buffer) {
  const normal = (name: string) => {
    const names = name.split('/').filter((part) => part !== '' && part !== '.');
    return names.join('/');
  };
  const members = await readWithTarStream(bytes);
  return members
    .map(({ path, kind, size, linkTarget, body }) => {
      const target = linkTarget !== undefined && kind === 'hardlink' ? normal(linkTarget) : linkTarget;
      // By the slash, V7 marks directories: GNU tar, bsdtar and Python heed it, tar-stream means to.
      return { path: normal(path), kind: path.endsWith('/') ? 'directory' : kind, size, linkTarget: target, body };
    })
    .filter(({ path }) => path !== '');
}

const options = { numRuns: 1000 };

describe('a damaged archive is refused or read, and nothing else', () => {
  it.each([0, 1])('with any bytes changed, seed %i', async (which) => {
    const seed = (await seeds())[which]!;
    const damages = fc.array(damage, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(damages, fc.integer({ min: 1, max: 3000 }), async (list, pieceBytes) => {
        await readOrRefuse(damaged(seed, list, false), pieceBytes);
      }),
      options,
    );
  });

  it.each([0, 1])(
    'with headers changed and sealed again; what is read, tar-stream reads the same, seed %i',
    async (which) => {
      const seed = (await seeds())[which]!;
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (list) => {
          const bytes = damaged(seed, list, true);
          const found = await readOrRefuse(bytes, 10_240);
          if (found === undefined) return;
          accepted++;
          const ours = found.map(({ member: { path, kind, size, linkTarget }, body }) => {
            return { path, kind, size, linkTarget, body };
          });
          expect(await readByOther(bytes)).toEqual(ours);
        }),
        options,
      );
      expect(accepted).toBeGreaterThan(50);
    },
  );

  it('with an end cut off or bytes added', async () => {
    for (const seed of await seeds()) {
      const change = fc.tuple(fc.nat(seed.length - 1), fc.uint8Array({ maxLength: 600 }));
      await fc.assert(
        fc.asyncProperty(change, async ([at, more]) => {
          const cut = await readOrRefuse(seed.subarray(0, at), 4096);
          expect(cut).toBeUndefined();
          await readOrRefuse(Buffer.concat([seed.subarray(0, at), more, seed.subarray(at)]), 4096);
        }),
        { numRuns: 300 },
      );
    }
  });

  it('with any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2048 }), async (bytes) => {
        await readOrRefuse(Buffer.from(bytes), 512);
      }),
      { numRuns: 300 },
    );
  });
});

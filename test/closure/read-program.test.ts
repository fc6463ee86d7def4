import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProgram } from '../../src/closure/read-program.js';
import { TbuildError } from '../../src/errors/index.js';
import { type ElfDescription, elfFile } from '../support/elf-file.js';
import { failureOf } from '../support/failure-of.js';
import { at } from './support.js';

/** A file that comes in pieces of this size, and counts them. */
function fileOf(bytes: Uint8Array, pieceBytes = bytes.length, mode = 0o755) {
  const counts = { opened: 0, read: 0, open: 0 };
  function* pieces(): Generator<Uint8Array> {
    counts.opened++;
    counts.open++;
    const piece = new Uint8Array(pieceBytes);
    try {
      for (let start = 0; start < bytes.length; start += pieceBytes) {
        const length = Math.min(pieceBytes, bytes.length - start);
        piece.fill(0xee).set(bytes.subarray(start, start + length));
        counts.read += length;
        yield piece.subarray(0, length);
      }
    } finally {
      counts.open--;
    }
  }
  return { kind: 'file', size: bytes.length, mode, open: pieces, counts } as const;
}

const read = (bytes: Uint8Array, pieceBytes?: number) => readProgram('bin/x', fileOf(bytes, pieceBytes), at);

const full: ElfDescription = {
  interpreter: '/lib/ld.so.1',
  needed: ['libb.so.2', 'liba.so.1', 'libb.so.2'],
  auxiliary: ['libmaybe.so'],
  filter: ['libreal.so'],
  soname: 'libx.so.3',
  rpath: '/old',
  runpath: '$ORIGIN/../lib:/opt/ü',
  flags1: 0x800,
};

describe('what an ELF file says', () => {
  const cases: readonly ElfDescription[] = [
    { bits: 64, order: 'little', machine: 62 },
    { bits: 32, order: 'little', machine: 3 },
    { bits: 64, order: 'big', machine: 22 },
    { bits: 32, order: 'big', machine: 20, flags: 7 },
    { bits: 64, order: 'little', machine: 0x9026, type: 2 },
    { gap: 5000 },
    { gap: 300_000 },
  ];
  it.each(cases)('is read for %j', async (how) => {
    for (const pieceBytes of [1, 61, 4096, 65_536, undefined]) {
      expect(await read(elfFile({ ...full, ...how }), pieceBytes)).toEqual({
        kind: 'elf',
        elf: {
          abi: {
            is64: how.bits !== 32,
            isLittleEndian: how.order !== 'big',
            machine: how.machine ?? 62,
            flags: how.flags ?? 0,
          },
          interpreter: '/lib/ld.so.1',
          needed: ['libreal.so', 'libb.so.2', 'liba.so.1', 'libb.so.2'],
          auxiliary: ['libmaybe.so'],
          soname: 'libx.so.3',
          rpath: '/old',
          runpath: '$ORIGIN/../lib:/opt/ü',
          noDefaultDirectories: true,
        },
      });
    }
  });

  it('is nothing for static programs, which may have a dynamic section', async () => {
    const nothing = { interpreter: undefined, needed: [], soname: undefined, rpath: undefined };
    expect(await read(elfFile({ isDynamic: false, type: 2 }))).toMatchObject({ kind: 'elf', elf: nothing });
    expect(await read(elfFile({ flags1: 0x08000000 }))).toMatchObject({ kind: 'elf', elf: nothing });
  });

  it('ends where its dynamic section ends, whatever comes behind', async () => {
    const bytes = elfFile({
      needed: ['liba.so'],
      dynamic: [
        [0, 0],
        [1, 999],
      ],
    });
    expect(await read(bytes)).toMatchObject({ kind: 'elf', elf: { needed: [] } });
  });

  it('does not matter for object files and core dumps', async () => {
    expect(await read(elfFile({ type: 1 }))).toEqual({ kind: 'data' });
    expect(await read(elfFile({ type: 4 }))).toEqual({ kind: 'data' });
  });

  it('is found in two passes, and the file is let go of', async () => {
    const file = fileOf(elfFile({ ...full, gap: 3_000_000 }), 65_536);
    await readProgram('bin/x', file, at);
    expect(file.counts).toMatchObject({ opened: 2, open: 0 });
    const damaged = fileOf(elfFile({ ...full, dynamic: [[1, 1e9]] }), 100);
    await failureOf(readProgram('bin/x', damaged, at));
    expect(damaged.counts.open).toBe(0);
    const data = fileOf(Buffer.alloc(1_000_000), 65_536);
    await readProgram('bin/x', data, at);
    expect(data.counts).toEqual({ opened: 1, read: 65_536, open: 0 });
  });
});

/** The file with some bytes of it replaced. */
function patched(
  description: ElfDescription,
  ...changes: readonly (readonly [at: number, ...bytes: number[]])[]
): Buffer {
  const bytes = elfFile(description);
  for (const [offset, ...values] of changes) bytes.set(values, offset);
  return bytes;
}

describe('a hostile ELF file', () => {
  const ff = Array<number>(8).fill(0xff);
  const cases: readonly [what: string, bytes: Uint8Array, problem: string][] = [
    ['is four bytes', Buffer.from('\x7fELF', 'latin1'), 'it ends within its header'],
    ['ends within its header', elfFile(full).subarray(0, 63), 'it ends within its header'],
    ['is of no class', patched(full, [4, 3]), 'its class is 3'],
    ['has no byte order', patched(full, [5, 0]), 'its byte order is 0'],
    ['ends within its program headers', elfFile(full).subarray(0, 100), 'the table of its program headers would end'],
    ['has program headers far away', patched(full, [32, ...ff]), 'the table of its program headers would end'],
    ['has small program headers', patched(full, [54, 1]), 'its program headers have 1 bytes each, not 56'],
    ['has too many program headers', patched(full, [56, 0xff, 0xff]), 'it has 65535 program headers'],
    ['has more than Linux loads', patched(full, [56, 0, 0x10]), 'it has 4096 program headers'],
    ['ends within its dynamic section', elfFile(full).subarray(0, -1), 'its dynamic section would end behind'],
    ['has two dynamic sections', elfFile({ segments: [[2, 0, 0, 16]] }), 'it has a dynamic section 2 times'],
    [
      'has a huge dynamic section',
      elfFile({ isDynamic: false, segments: [[2, 0, 0, 2 ** 40]] }),
      'its dynamic section has',
    ],
    ['has two loaders', elfFile({ ...full, segments: [[3, 0, 0, 4]] }), 'it has the path of a loader 2 times'],
    ['has a loader without end', elfFile({ interpreter: Buffer.from('/lib/ld') }), 'the path of its loader has no end'],
    ['has an empty loader', elfFile({ interpreter: Buffer.from('\0') }), 'the path of its loader has 1 bytes'],
    ['has a relative loader', elfFile({ interpreter: 'ld.so' }), 'which is not absolute'],
    ['has a long loader', elfFile({ interpreter: `/${'x'.repeat(4096)}` }), 'the path of its loader has 4098 bytes'],
    [
      'has a binary loader',
      elfFile({ interpreter: Buffer.from([0x2f, 0xff, 0]) }),
      'the path of its loader is not UTF-8',
    ],
    ['has a name behind the strings', elfFile({ dynamic: [[1, 999]] }), 'a name lies behind the end'],
    ['has a name far behind', elfFile({ dynamic: [[1, 2n ** 63n]] }), 'a name lies behind the end'],
    ['has a name without end', elfFile({ needed: ['x'.repeat(5000)] }), 'a name in its string table is too long'],
    ['has two string tables', elfFile({ dynamic: [[5, 1]] }), 'its dynamic section holds DT_STRTAB 2 times'],
    [
      'has two names of its own',
      elfFile({ ...full, dynamic: [[14, 0]] }),
      'its dynamic section holds DT_SONAME 2 times',
    ],
    ['asks for too much', elfFile({ dynamic: Array(1025).fill([1, 0]) }), 'it asks for more than 1024 libraries'],
    [
      'has overlapping segments',
      elfFile({ ...full, segments: [[1, 8, 0x10000, 4096]] }),
      'its segments overlap where its string table is',
    ],
  ];
  it.each(cases)('that %s is refused', async (_, bytes, problem) => {
    const error = await failureOf(read(bytes));
    expect(error.code).toBe('elf-invalid');
    expect(error.message).toContain('"/bin/x" is damaged, or no ELF file after all: ');
    expect(error.message).toContain(problem);
  });

  it('whose string table is in no segment is refused', async () => {
    const bytes = elfFile({ needed: ['a'] });
    bytes.writeBigUInt64LE(0n, 64 + 16); // address of its PT_LOAD
    bytes.writeBigUInt64LE(1n, 64 + 32); // size
    expect((await failureOf(read(bytes))).message).toContain('its string table is in no segment');
  });

  it('whose size lies is refused', async () => {
    const bytes = elfFile({ ...full, gap: 10_000 });
    const file = { ...fileOf(bytes.subarray(0, 5000)), size: bytes.length };
    const error = await failureOf(readProgram('bin/x', file, at));
    expect(error.message).toContain(`the file is shorter than its ${bytes.length} bytes`);
  });

  it('gives facts or a refusal, whatever bytes of it are damaged', async () => {
    const originals = [elfFile(full), elfFile({ ...full, bits: 32, order: 'big' })];
    const damage = fc.array(fc.tuple(fc.nat({ max: 700 }), fc.oneof(fc.constantFrom(0, 1, 255), fc.nat(255))), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(1), damage, fc.nat({ max: 900 }), async (which, changes, cut) => {
        const bytes = Buffer.from(originals[which]!);
        for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
        const whole = await read(bytes.subarray(0, Math.max(10, bytes.length - (cut > 700 ? cut - 700 : 0)))).catch(
          (error: unknown) => error,
        );
        if (whole instanceof Error) expect(whole).toBeInstanceOf(TbuildError);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is no ELF file', () => {
  const cases: readonly [text: string, mode: number, expected: object][] = [
    ['', 0o755, { kind: 'data' }],
    ['\x7fEL', 0o755, { kind: 'data' }],
    ['#!', 0o755, { kind: 'data' }],
    ['#!\n/bin/sh', 0o755, { kind: 'data' }],
    ['#!/bin/sh', 0o755, { kind: 'script', line: { interpreter: '/bin/sh', argument: '' } }],
    ['#!/bin/sh\n', 0o644, { kind: 'data' }],
    ['#! \t/bin/sh  -e  -u \t\necho', 0o100, { kind: 'script', line: { interpreter: '/bin/sh', argument: '-e  -u' } }],
    [' #!/bin/sh\n', 0o755, { kind: 'data' }],
  ];
  it.each(cases)('%j with mode %o is taken as it is', async (text, mode, expected) => {
    expect(await readProgram('x', fileOf(Buffer.from(text, 'latin1'), undefined, mode), undefined)).toEqual(expected);
  });

  it('is read as far as Linux reads the first line of a script', async () => {
    const line = `#!/${'x'.repeat(300)}`;
    expect(await read(Buffer.from(line))).toEqual({
      kind: 'script',
      line: { interpreter: line.slice(2, 256), argument: '' },
    });
  });
});

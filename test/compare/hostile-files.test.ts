import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../src/tar/index.js';
import { findingsOf } from './support.js';

/** A tar, ar or zip around a few contents, made by hand so that no program is needed. */
function tarOf(contents: Readonly<Record<string, Uint8Array>>, mtime: number): Buffer {
  const members = Object.entries(contents).flatMap(([path, content]) => [
    encodeHeader({ path, kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime, size: content.length }),
    content,
    new Uint8Array((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...members, new Uint8Array(1024)]);
}

function arOf(contents: Readonly<Record<string, Uint8Array>>, mtime: number): Buffer {
  const members = Object.entries(contents).flatMap(([name, content]) => {
    const header = `${`${name}/`.padEnd(16)}${String(mtime).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
    return [Buffer.from(header), content, Buffer.from(content.length % 2 === 0 ? '' : '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members]);
}

function zipOf(contents: Readonly<Record<string, Uint8Array>>, time: number): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(contents)) {
    const data = deflateRawSync(content);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt16LE(time, 6);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), data]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(at, 10);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, end, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}

function pycOf(time: number, code: string): Buffer {
  const header = Buffer.from([0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]);
  header.writeUInt32LE(time, 8);
  return Buffer.concat([header, Buffer.from(code)]);
}

const text = (line: string): Buffer => Buffer.from(`first\n${line}\nlast\n`);
/** Header, a section with a text, the names of sections, and their table. */
function elf(content: string): Buffer {
  const names = '\0.rodata\0.shstrtab\0';
  const bytes = Buffer.alloc(64 + content.length + names.length + 3 * 64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.write(content, 64);
  bytes.write(names, 64 + content.length);
  const table = 64 + content.length + names.length;
  bytes.writeBigUInt64LE(BigInt(table), 40);
  bytes.writeUInt16LE(3, 60);
  bytes.writeUInt16LE(2, 62);
  const section = (i: number, name: number, at: number, size: number): void => {
    bytes.writeUInt32LE(name, table + i * 64);
    bytes.writeUInt32LE(i === 0 ? 0 : 1, table + i * 64 + 4);
    bytes.writeBigUInt64LE(BigInt(at), table + i * 64 + 24);
    bytes.writeBigUInt64LE(BigInt(size), table + i * 64 + 32);
  };
  section(1, 1, 64, content.length);
  section(2, 9, 64 + content.length, names.length);
  return bytes;
}

const contents = (line: string) => ({
  'a.txt': text(line),
  'b.json': Buffer.from(`{"a":"${line}"}`),
  'c.so': elf(line),
});

/** By kind, two versions of a sound file. */
const SOUND: Readonly<Record<string, readonly [Buffer, Buffer]>> = {
  text: [text('one'), text('two')],
  json: [Buffer.from('{"a":[1,2],"b":"x"}'), Buffer.from('{"a":[2,1],"b":"y"}')],
  elf: [elf('libone.so'), elf('libtwo.so')],
  pyc: [pycOf(1764000000, '\x01value one'), pycOf(1764000060, '\x01value two')],
  gzip: [gzipSync(text('one')), gzipSync(text('two'))],
  tar: [tarOf(contents('one'), 1), tarOf(contents('two'), 2)],
  ar: [arOf(contents('one'), 1), arOf(contents('two'), 2)],
  zip: [zipOf(contents('one'), 1), zipOf(contents('two'), 2)],
  nested: [gzipSync(tarOf({ z: zipOf(contents('one'), 1) }, 1)), gzipSync(tarOf({ z: zipOf(contents('two'), 1) }, 1))],
};

const KINDS: Readonly<Record<string, string>> = {
  tar: 'archive',
  ar: 'archive',
  zip: 'archive',
  nested: 'text',
  gzip: 'text',
};

/** A few bytes are others, and perhaps the end is gone. */
const damage = fc.record({
  flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
  keep: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, { flips, keep }: Damage): Buffer {
  const copy = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * keep)));
  for (const [at, value] of flips) if (copy.length > 0) copy[at % copy.length] = value;
  return copy;
}

async function expectSound(before: Buffer, after: Buffer): Promise<void> {
  const found = await findingsOf(before, after);
  expect(found.length > 0).toBe(!before.equals(after));
  expect(found.length).toBeLessThanOrEqual(20);
  for (const finding of found) {
    const shown = [finding.where, finding.before ?? '', finding.after ?? '', finding.likely?.text ?? ''];
    for (const each of shown) {
      expect(each).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(each.length).toBeLessThan(2000);
    }
    if (finding.offset !== undefined) expect(Number.isSafeInteger(finding.offset) && finding.offset >= 0).toBe(true);
  }
  expect(await findingsOf(before, after)).toEqual(found);
}

describe('inside a sound file', () => {
  it.each(Object.entries(SOUND))('of the kind %s its parts are compared', async (kind, [before, after]) => {
    const found = await findingsOf(before, after);
    expect(found.map((finding) => finding.kind)).toContain(KINDS[kind] ?? kind);
    await expectSound(before, after);
    expect(await findingsOf(after, after)).toEqual([]);
  });
});

describe('inside a hostile file', () => {
  it.each(Object.entries(SOUND))('of the kind %s there are findings and no failures', async (_, [before, after]) => {
    const property = fc.asyncProperty(damage, damage, async (first, second) => {
      await expectSound(damaged(before, first), damaged(after, second));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('of any bytes there are findings and no failures', async () => {
    const starts = Object.values(SOUND).map(([before]) => before.subarray(0, 20));
    const bytes = fc
      .tuple(fc.constantFrom(Buffer.alloc(0), ...starts), fc.uint8Array({ maxLength: 300 }))
      .map(([start, rest]) => Buffer.concat([start, rest]));
    await fc.assert(fc.asyncProperty(bytes, bytes, expectSound), { numRuns: 200 });
  });

  it('deep JSON is compared', async () => {
    const deep = (value: string): Buffer => Buffer.from(`${'['.repeat(20_000)}${value}${']'.repeat(20_000)}`);
    await expectSound(deep('1'), deep('2'));
  });

  it('compressed data that holds itself many times over is not opened to its end', async () => {
    const nest = (value: string): Buffer => {
      let bytes = Buffer.from(value);
      for (let i = 0; i < 10; i++) bytes = gzipSync(bytes);
      return bytes;
    };
    await expectSound(nest('one'), nest('two'));
  });

  it('a bomb is compared as bytes', async () => {
    const bomb = (value: string): Buffer =>
      gzipSync(Buffer.concat([Buffer.alloc(40 * 1024 * 1024), Buffer.from(value)]));
    const found = await findingsOf(bomb('1'), bomb('2'));
    expect(found.map(({ kind }) => kind)).toEqual(['bytes']);
  });
});

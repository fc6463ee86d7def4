import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Package, parsePackages } from '../../src/debian/index.js';
import { bytesOf } from '../../src/util/index.js';
import { realArchive } from '../support/debian/real-archive.js';
import { failureOf } from '../support/failure-of.js';

const source = { what: 'Packages of test main', suite: 'test' };
const HASH = 'a'.repeat(64);
const stanza = (name: string, more = '') =>
  `Package: ${name}\nVersion: 1\nArchitecture: amd64\n${more}Filename: pool/main/${name}_1_amd64.deb\nSize: 12\nSHA256: ${HASH}\n`;
const parse = (text: string | Buffer) => parsePackages(bytesOf(Buffer.from(text)), source);

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

const factsOf = ({ name, version, depends, path, size, digest, suite }: Package) => ({
  name,
  version,
  depends,
  path,
  size,
  digest,
  suite,
});

describe('parsePackages', () => {
  it('reads packages, with what is not of interest passed over', async () => {
    const text = `\n\n${stanza('a1', 'Description: Käse\n  Package: no\nDepends: b1,\n c1\n')}\n\n\n${stanza('b1')}`;
    const place = { version: '1', size: 12, digest: `sha256:${HASH}`, suite: 'test' };
    expect((await parse(text)).map(factsOf)).toEqual([
      { ...place, name: 'a1', depends: [[{ name: 'b1' }], [{ name: 'c1' }]], path: 'pool/main/a1_1_amd64.deb' },
      { ...place, name: 'b1', depends: [], path: 'pool/main/b1_1_amd64.deb' },
    ]);
  });

  it('takes a path that begins with ./ for the same path without', async () => {
    const [found] = await parse(stanza('a1').replace('pool', './pool'));
    expect(found!.path).toBe('pool/main/a1_1_amd64.deb');
  });

  it('reads an index without packages', async () => {
    expect([await parse(''), await parse('\n'), await parsePackages(bytesOf(), source)]).toEqual([[], [], []]);
  });

  it('does not see where the chunks of the stream end', async () => {
    const bytes = Buffer.from(
      `${stanza('a1', 'Maintainer: Jürgen\n')}\n${stanza('b1', 'Depends: x1\n')}\n${stanza('c1')}\n`,
    );
    const whole = (await parse(bytes)).map(factsOf);
    expect(whole).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (size) => {
        expect((await parsePackages(bytesOf(...chunksOf(bytes, size)), source)).map(factsOf)).toEqual(whole);
      }),
    );
  });

  it.each([
    ['a field that is there twice', stanza('a1', 'Version: 2\n'), 'the field "version" of a1 is there twice'],
    ['a value that is not ASCII', stanza('a1', 'Depends: bä\n'), 'the field "depends" of a1 is not ASCII'],
    ['a line that is no field', stanza('a1', 'nothing\n'), String.raw`"nothing\nFilename: pool/main/a1_1_amd64.deb`],
    ['no file', stanza('a1').replace(/Filename.*\n/, ''), 'the field "filename" of "a1" is missing'],
    [
      'a file outside of the archive',
      stanza('a1').replace('pool/main', 'pool/../..'),
      'the field "filename" of "a1" is "pool/../../a1_1_amd64.deb", which it cannot be',
    ],
    [
      'an absolute file',
      stanza('a1').replace('pool', '/pool'),
      'the field "filename" of "a1" is "/pool/main/a1_1_amd64.deb", which it cannot be',
    ],
    [
      'a URL as file',
      stanza('a1').replace('pool/main', 'http://x'),
      'the field "filename" of "a1" is "http://x/a1_1_amd64.deb", which it cannot be',
    ],
    ['no hash', stanza('a1').replace(/SHA256.*\n/, ''), 'the field "sha256" of "a1" is missing'],
    [
      'a hash that is none',
      stanza('a1').replace(HASH, 'A'.repeat(64)),
      `the field "sha256" of "a1" is "${'A'.repeat(64)}", which it cannot be`,
    ],
    ['a size that is none', stanza('a1').replace('12', '-1'), 'the field "size" of "a1" is "-1", which it cannot be'],
    ['no name', stanza('a1').replace('Package: a1\n', ''), 'the field "package" is missing'],
  ])('refuses %s', async (_, text, problem) => {
    const { code, message } = await failureOf(parse(text));
    expect(code).toBe('release-invalid');
    expect(message).toContain(`${source.what}: ${problem}`);
  });

  it('refuses a stanza without end', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(256 * 1024, 'x');
    }
    const { message } = await failureOf(parsePackages(endless(), source));
    expect(message).toBe('Packages of test main: a stanza has more than 4194304 characters');
  });

  it.skipIf(realArchive() === undefined)('reads bookworm main, with the relations of all packages', async () => {
    const file = join(realArchive()!, 'dists/bookworm/main/binary-amd64/Packages');
    const packages = await parsePackages(createReadStream(file, { highWaterMark: 256 * 1024 }), source);
    expect(packages.length).toBeGreaterThan(60_000);
    for (const item of packages) {
      const relations = [
        item.depends,
        item.preDepends,
        item.recommends,
        item.conflicts,
        item.breaks,
        item.provides,
        item.replaces,
      ];
      expect(relations.every((each) => Array.isArray(each))).toBe(true);
    }
    expect(packages.find(({ name }) => name === 'libc6')).toMatchObject({ source: 'glibc', multiArch: 'same' });
  });
});

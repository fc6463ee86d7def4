import { readdirSync } from 'node:fs';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readFetch } from '../../src/inputs/fetch.js';
import { filter } from '../codec/support.js';
import { need } from '../support/programs.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { archive, block, content, END, type Fields, meta, pax } from '../tar/support.js';
import { extract, fetchContent, fetchWorlds, tarOf } from './fetch-support.js';
import { at, failureOf } from './support.js';
import { zip } from './zip-support.js';

const start = servers();
const top = temporaryDirectory();
const newWorld = fetchWorlds(top);

type Case = readonly [
  title: string,
  bytes: Uint8Array | (() => Promise<Uint8Array> | Uint8Array),
  code: string,
  message: RegExp,
];

const AMBIGUOUS = 'archive-ambiguous';
const DAMAGED = 'compression-invalid';

const file = (fields: Fields = {}): Buffer => block({ name: 'f', ...fields });
const link = (type: '1' | '2', name: string, to: string): Buffer => block({ name, type, link: to });

/** trust.md, S1: what leads out of the directory, what readers understand differently, what an image cannot hold. */
const tars: readonly Case[] = [
  ['a name that leads out', archive(file({ name: '../x' })), AMBIGUOUS, /\.\./],
  ['a name that leads out and in again', archive(file({ name: 'a/../../x' })), AMBIGUOUS, /\.\./],
  ['a name with .. that stays inside', archive(file({ name: 'a/../x' })), AMBIGUOUS, /\.\./],
  ['an absolute name', archive(file({ name: '/etc/passwd' })), AMBIGUOUS, /slash|absolute/],
  ['an absolute name in PAX', archive(pax(['path', '/etc/passwd']), file()), AMBIGUOUS, /slash|absolute/],
  ['a long name of GNU that leads out', archive(meta('L', '../x\0'), file({ magic: 'ustar  \0' })), AMBIGUOUS, /\.\./],
  ['a prefix that leads out', archive(file({ prefix: '..' })), AMBIGUOUS, /\.\./],
  ['a hard link that leads out', archive(link('1', 'l', '../x')), AMBIGUOUS, /\.\./],
  ['an absolute hard link', archive(link('1', 'l', '/etc/passwd')), AMBIGUOUS, /slash|absolute/],
  [
    'a hard link to nothing',
    archive(link('1', 'l', 'x')),
    AMBIGUOUS,
    /hard link to "x", which the archive does not hold before it/,
  ],
  ['a hard link to what comes later', archive(link('1', 'l', 'f'), file()), AMBIGUOUS, /does not hold before it/],
  ['a hard link to itself', archive(link('1', 'l', 'l')), AMBIGUOUS, /itself/],
  [
    'a hard link to a directory',
    archive(block({ name: 'd/', type: '5' }), link('1', 'l', 'd')),
    AMBIGUOUS,
    /directory/,
  ],
  [
    'a file below a symlink',
    archive(link('2', 'd', '/etc'), file({ name: 'd/passwd' })),
    AMBIGUOUS,
    /below "d", which is a symlink/,
  ],
  [
    'a file below a symlink to a sibling',
    archive(block({ name: 'e/', type: '5' }), link('2', 'd', 'e'), file({ name: 'd/x' })),
    AMBIGUOUS,
    /below "d"/,
  ],
  [
    'a symlink in place of a directory',
    archive(file({ name: 'd/x' }), link('2', 'd', '/etc')),
    AMBIGUOUS,
    /earlier members lie below/,
  ],
  ['a file below a file', archive(file(), file({ name: 'f/x' })), AMBIGUOUS, /below "f"/],
  ['a name twice', archive(file(), file()), AMBIGUOUS, /earlier member/],
  [
    'a name twice, spelt in two ways',
    archive(file({ name: 'd/x' }), file({ name: './d//x' })),
    AMBIGUOUS,
    /earlier member/,
  ],
  ['a symlink and a file of one name', archive(link('2', 'f', '/etc/passwd'), file()), AMBIGUOUS, /earlier member/],
  [
    'a character device',
    archive(block({ name: 'd', type: '3', devices: '0000001\x000000003\0' })),
    'input-kind',
    /is a character device, which no input may bring/,
  ],
  [
    'a block device',
    archive(block({ name: 'd', type: '4', devices: '0000001\x000000003\0' })),
    'input-kind',
    /is a block device/,
  ],
  ['a fifo', archive(block({ name: 'd', type: '6' })), 'input-kind', /is a fifo/],
  ['a whiteout', archive(file({ name: 'd/.wh.x' })), 'input-name', /marks removals/],
  ['an opaque whiteout', archive(file({ name: 'd/.wh..wh..opq' })), 'input-name', /marks removals/],
  ['a directory of whiteouts', archive(file({ name: '.wh.d/x' })), 'input-name', /marks removals/],
  ['an empty name', archive(file({ name: '' })), AMBIGUOUS, /empty name/],
  ['a name with a NUL in PAX', archive(pax(['path', 'a\0b']), file()), AMBIGUOUS, /NUL/],
  ['a name that is not UTF-8', archive(file({ name: '\xff' })), AMBIGUOUS, /not UTF-8/],
  ['a part of a name that is too long', archive(pax(['path', 'a'.repeat(256)]), file()), 'archive-limit', /255 bytes/],
  ['a negative size', archive(file({ size: '-0000000001\0' })), AMBIGUOUS, /negative/],
  ['a size beyond 2^53', archive(file({ size: `\x80${'\x7f'.repeat(11)}` })), AMBIGUOUS, /too large/],
  ['a size that is not octal', archive(file({ size: '0x000000010\0' })), AMBIGUOUS, /not octal/],
  ['a PAX size over another one', archive(pax(['size', '5']), file(), content('hello')), AMBIGUOUS, /two sizes/],
  [
    'a size of 1 TiB',
    archive(file({ size: `\x80${'\0'.repeat(5)}\x01${'\0'.repeat(5)}` })),
    'archive-limit',
    /beyond the limit/,
  ],
  [
    'a directory with a content',
    archive(block({ name: 'd/', type: '5', size: 5 }), content('hello')),
    AMBIGUOUS,
    /content of 5 bytes/,
  ],
  [
    'a symlink with a content',
    archive(block({ name: 'l', type: '2', link: 'x', size: 512 }), file()),
    AMBIGUOUS,
    /content of 512 bytes/,
  ],
  [
    'a hard link with a content',
    archive(file(), block({ name: 'l', type: '1', link: 'f', size: 5 }), content('hello')),
    AMBIGUOUS,
    /content of 5/,
  ],
  ['a global name', archive(meta('g', '10 path=x\n'), file()), AMBIGUOUS, /./],
  ['a sparse file', archive(file({ type: 'S', magic: 'ustar  \0' })), AMBIGUOUS, /sparse/],
  ['an unknown type', archive(file({ type: 'Z' })), AMBIGUOUS, /unknown type/],
  [
    'a wrong sum of a later header',
    archive(file({ name: 'a' }), file({ checksum: '000001\0 ' })),
    AMBIGUOUS,
    /checksum/,
  ],
  ['a single zero block', Buffer.concat([file(), END.subarray(0, 512)]), AMBIGUOUS, /single zero block/],
  ['no end', file(), AMBIGUOUS, /ends without/],
  [
    'something after the end',
    Buffer.concat([archive(file()), file({ name: 'g' }), END]),
    AMBIGUOUS,
    /goes on after its end/,
  ],
  ['a content that is cut off', Buffer.concat([file({ size: 1000 }), content('hello')]), AMBIGUOUS, /cut off/],
  ['a PAX header for nothing', archive(pax(['path', 'x'])), AMBIGUOUS, /./],
  ['a PAX header of 1 GiB', archive(meta('x', '', { size: 2 ** 30 })), 'archive-limit', /at most 1048576/],
];

const tar = await tarOf({ a: 'hello' });
const gz = gzipSync(tar);

function gzipMember(bytes: Buffer, { crc = crc32(bytes), size = bytes.length } = {}): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc);
  trailer.writeUInt32LE(size, 4);
  return Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), deflateRawSync(bytes), trailer]);
}

const zstd = (...args: string[]): Buffer => filter('zstd', ['-c', ...args], tar);
const xz = (...args: string[]): Buffer => filter('xz', ['-c', ...args], tar);
const edited = (bytes: Buffer, from: number, value: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[from < 0 ? copy.length + from : from]! ^= value;
  return copy;
};
const bomb = archive(file({ size: 16 * 2 ** 20 }), Buffer.alloc(16 * 2 ** 20));

/** trust.md, S2. */
const packed: readonly Case[] = [
  ['gzip: more than 1000:1', () => gzipSync(bomb, { level: 9 }), 'compression-limit', /more than 1000 bytes for each/],
  ['gzip in gzip', () => gzipSync(gz), 'input-kind', /in it is a file of an unknown kind/],
  [
    'gzip: another member with more after the tar',
    () => Buffer.concat([gz, gzipSync(tar)]),
    AMBIGUOUS,
    /goes on after its end/,
  ],
  ['gzip: something after it', () => Buffer.concat([gz, Buffer.from('x')]), DAMAGED, /gzip/],
  ['gzip: zeros after it', () => Buffer.concat([gz, Buffer.alloc(512)]), DAMAGED, /something else follows/],
  ['gzip: cut off', () => gz.subarray(0, -9), DAMAGED, /too early/],
  ['gzip: a wrong CRC', () => gzipMember(tar, { crc: 1 }), DAMAGED, /CRC-32/],
  ['gzip: a wrong length', () => gzipMember(tar, { size: 1 }), DAMAGED, /length/],
  [
    'zstd: more than 1000:1',
    () => filter('zstd', ['-c', '-19'], bomb),
    'compression-limit',
    /more than 1000 bytes for each/,
  ],
  [
    'zstd: a window of 2 GiB',
    () => Buffer.concat([Buffer.from('28b52ffd00a8', 'hex'), Buffer.alloc(600)]),
    DAMAGED,
    /window of 2147483648 bytes/,
  ],
  [
    'zstd: a dictionary',
    () => Buffer.concat([Buffer.from('28b52ffd210500', 'hex'), Buffer.alloc(600)]),
    DAMAGED,
    /dictionary 5/,
  ],
  ['zstd: cut off', () => zstd().subarray(0, -5), DAMAGED, /too early/],
  ['zstd: a wrong checksum', () => edited(zstd('--check'), -1, 1), DAMAGED, /checksum/],
  ['zstd: something after it', () => Buffer.concat([zstd(), Buffer.from('x')]), DAMAGED, /zstd/],
  [
    'zstd: skippable frames alone',
    () => Buffer.from('502a4d1800000000', 'hex'),
    'input-kind',
    /in it is an empty file/,
  ],
  [
    'xz: more than 1000:1',
    () => filter('xz', ['-c', '-9e'], bomb),
    'compression-limit',
    /more than 1000 bytes for each/,
  ],
  ['xz: a dictionary beyond the limit', () => xz('--lzma2=dict=1GiB'), DAMAGED, /dictionary of 1073741824 bytes/],
  ['xz: cut off', () => xz().subarray(0, -5), DAMAGED, /too early/],
  ['xz: a wrong check', () => edited(xz('-Csha256'), -40, 1), DAMAGED, /SHA-256|index/],
  ['xz: a wrong index', () => edited(xz(), -16, 1), DAMAGED, /index/],
  ['xz: something after it', () => Buffer.concat([xz(), Buffer.from('more')]), DAMAGED, /too early|no stream/],
  ['bzip2', () => Buffer.from('BZh91AY&SY'), 'input-kind', /is bzip2 data/],
  ['a wrong magic number', () => edited(gz, 0, 1), 'input-kind', /unknown kind/],
  ['a program, compressed', () => gzipSync('\x7fELF'), 'input-kind', /in it is a program/],
  [
    'zip: more than 1000:1',
    () => zip([{ name: 'a', content: Buffer.alloc(2e7), method: 8 }]),
    'compression-limit',
    /more than 1000/,
  ],
  [
    'zip: overlapping members',
    () =>
      zip([
        { name: 'a', content: 'x' },
        { name: 'b', content: 'x', position: 0 },
      ]),
    AMBIGUOUS,
    /overlaps/,
  ],
  ['zip: a name that leads out', () => zip([{ name: '../a' }]), AMBIGUOUS, /"\.\." in it/],
  ['zip: a name twice', () => zip([{ name: 'a' }, { name: 'a' }]), AMBIGUOUS, /earlier member/],
  [
    'zip: a file below a symlink',
    () => zip([{ name: 'd', content: '/etc', mode: 0o120777 }, { name: 'd/passwd' }]),
    AMBIGUOUS,
    /below "d", which is a symlink/,
  ],
  ['zip: a whiteout', () => zip([{ name: '.wh.a' }]), 'input-name', /marks removals/],
  ['zip: encrypted', () => zip([{ name: 'a', content: 'x', flags: 1 }]), AMBIGUOUS, /encrypted/],
  ['zip: a device', () => zip([{ name: 'a', mode: 0o020666 }]), 'input-kind', /device/],
  ['zip: cut off', () => zip([{ name: 'a', content: 'hello' }]).subarray(0, -3), AMBIGUOUS, /end record/],
];

describe('a hostile archive that is fetched', () => {
  for (const [title, bytes, code, message] of [...tars, ...packed]) {
    const program = /^(zstd|xz):/.exec(title)?.[1];
    it.skipIf(program !== undefined && !need(program))(
      `is refused, and nothing of it is anywhere: ${title}`,
      async () => {
        const body = Buffer.from(typeof bytes === 'function' ? await bytes() : bytes);
        const server = await start.http((response) => response.end(body));
        const world = newWorld();
        const failure = await failureOf(
          readFetch(fetchContent(`${server.origin}/x`, '/opt', extract()), world.context),
        );
        expect([failure.code, failure.at]).toEqual([code, at]);
        expect(failure.message).toMatch(message);
        expect(failure.message).toContain(`${server.origin}/x`);
        // The download itself, and nothing that was in it.
        expect([world.blobs(), world.temporaries()]).toEqual([1, 0]);
        expect(readdirSync(world.context.directory).sort()).toEqual(['cache', 'home']);
      },
    );
  }
});

import { createHash } from 'node:crypto';
import { digestOf } from '../../src/oci/index.js';
import {
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  type FileTree,
  treeOf,
  whiteoutOf,
} from '../../src/tree/index.js';

const origin = { kind: 'text', label: 'fixture' };
const owner = { uid: 0, gid: 0, origin };

function file(path: string, content: string | Uint8Array = path, more: Partial<FileEntry> = {}): FileEntry {
  const bytes = Buffer.from(content);
  const open = () => (bytes.length === 0 ? [] : [bytes]);
  return { kind: 'file', path, mode: 0o644, ...owner, size: bytes.length, digest: digestOf(bytes), open, ...more };
}

function directory(path: string, mode = 0o755, more: Partial<DirectoryEntry> = {}): DirectoryEntry {
  return { kind: 'directory', path, mode, ...owner, claim: 'declared', ...more };
}

function symlink(path: string, target: string): Entry {
  return { kind: 'symlink', path, mode: 0o777, ...owner, target };
}

/** Bytes that do not compress, the same on every machine. */
function noise(size: number): Uint8Array {
  const pieces: Buffer[] = [];
  for (let i = 0; i * 32 < size; i++) pieces.push(createHash('sha256').update(`noise ${i}`).digest());
  return Buffer.concat(pieces).subarray(0, size);
}

const text = (lines: number): string => Array.from({ length: lines }, (_, i) => `line ${i} of some text\n`).join('');

function withParents(path: string): Entry[] {
  const names = path.split('/');
  const parents = names.slice(1).map((_, i) => directory(names.slice(0, i + 1).join('/')));
  return [...parents, file(path)];
}

export interface Fixture {
  readonly tree: FileTree;
  /** Seconds since the epoch. */
  readonly created: number;
}

const at = (created: number, ...entries: Entry[]): Fixture => ({ tree: treeOf(entries), created });
const capability = new Map([['security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')]]);

/** Trees whose bytes are fixed by format 1; each is about one rule of it. */
export const FIXTURES: Readonly<Record<string, Fixture>> = {
  'empty layer': at(0),
  'one file': at(0, file('hello', 'hello\n')),
  'empty file': at(0, file('empty', '')),
  'modes and empty directories': at(
    0,
    directory('tmp', 0o1777),
    directory('secret', 0o700),
    file('setuid', 'x', { mode: 0o4755 }),
    file('none', 'x', { mode: 0 }),
  ),
  'name that needs the ustar prefix': at(0, ...withParents(`${'d'.repeat(90)}/${'f'.repeat(90)}`)),
  'path of 300 bytes': at(0, ...withParents(`${'a'.repeat(99)}/${'b'.repeat(99)}/${'c'.repeat(100)}`)),
  'name of 255 bytes': at(0, file('n'.repeat(255))),
  'names beyond ASCII': at(0, ...withParents('größe/日本語.txt')),
  'astral names sort by bytes': at(0, file('\u{1f600}'), file('\ufffd'), file('z')),
  'symlinks, one with a long target': at(0, symlink('lib', 'usr/lib'), symlink('long', `/${'t'.repeat(150)}`)),
  'owner beyond the octal field': at(0, file('owned', 'x', { uid: 3_000_000, gid: 3_000_001 })),
  'created beyond 2038': at(2 ** 31 + 1, directory('d'), file('d/f')),
  'created beyond 2^33': at(2 ** 33 + 1, directory('d'), file('d/f')),
  capabilities: at(0, file('server', 'x', { mode: 0o755, xattrs: capability })),
  whiteouts: at(
    0,
    directory('etc'),
    whiteoutOf('etc/gone', false, origin),
    whiteoutOf('var', true, origin),
    directory('var'),
  ),
  'a thousand small files': at(
    1,
    ...Array.from({ length: 1000 }, (_, i) => file(`file-${String(i).padStart(4, '0')}`, `content ${i}\n`)),
  ),
  'blocks that end before members': at(
    0,
    directory('d'),
    ...Array.from({ length: 900 }, (_, i) => file(`d/f${String(i).padStart(3, '0')}`, text((i * 131) % 480))),
    file('d/f450-large', text(120_000)),
    file('d/f700-larger', noise(1_300_000)),
  ),
  'several blocks of text': at(0, file('text', text(250_000))),
  'several blocks of noise': at(0, file('noise', noise(5_000_000))),
  'a tar that ends with a block': at(0, file('exact', noise(2 ** 20 - 512 - 1024))),
};

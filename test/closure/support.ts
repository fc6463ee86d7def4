import { resolve } from 'node:path';
import { type ClosureOptions, closureOf, type Needed, rootFilesOf } from '../../src/closure/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { hostRoot } from '../../src/inputs/host-root.js';
import { digestOf } from '../../src/oci/index.js';
import { type Entry, treeOf } from '../../src/tree/index.js';
import { type ElfDescription, elfFile } from '../support/elf-file.js';
import { symlink } from '../tree/support.js';

export const at = { file: 'image.yaml', line: 7, column: 3, length: 5 };

function options(more: Partial<ClosureOptions> = {}): ClosureOptions {
  return { what: 'the tree', at, extras: [], nameService: false, ...more };
}

/** The closure of paths in a directory of this machine. */
export function closureInDirectory(directory: string, roots: readonly string[], more: Partial<ClosureOptions> = {}) {
  const root = hostRoot({ absolute: resolve(directory), shown: directory, at }, createNodeHost().files);
  return closureOf(roots, root, options(more));
}

/** The closure of paths in a tree of these entries. */
export function closureIn(entries: readonly Entry[], roots: readonly string[], more: Partial<ClosureOptions> = {}) {
  return closureOf(roots, rootFilesOf(treeOf(entries)), options(more));
}

/** `path: why → why` */
export function lines(needed: readonly Needed[]): string[] {
  return needed.map(({ path, why }) => `${path}: ${why.join(' → ')}`);
}

const facts = { uid: 0, gid: 0, origin: { kind: 'files', label: 'files ./test' } };

export function binary(path: string, bytes: Uint8Array, mode = 0o755): Entry {
  return { kind: 'file', path, mode, ...facts, size: bytes.length, digest: digestOf(bytes), open: () => [bytes] };
}

/** A hand-made ELF file. */
export function elf(path: string, description: ElfDescription = {}): Entry {
  return binary(path, elfFile(description));
}

export const LOADER = '/lib64/ld-linux-x86-64.so.2';

/** A program for glibc on x86-64. */
export function program(path: string, needed: readonly string[], more: ElfDescription = {}): Entry {
  return elf(path, { interpreter: LOADER, needed, ...more });
}

/** A library whose soname is its base name. */
export function library(path: string, needed: readonly string[] = [], more: ElfDescription = {}): Entry {
  return elf(path, { needed, soname: path.slice(path.lastIndexOf('/') + 1), ...more });
}

/** The loader of Debian, where Debian has it. */
export const debianLoader: readonly Entry[] = [
  symlink('lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  library('lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
];

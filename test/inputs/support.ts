import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createNodeHost, type Files, type Host } from '../../src/host/index.js';
import { type FileDigests, type InputContext, openFileDigests } from '../../src/inputs/index.js';
import type { ArtifactContent, Destination, FilesContent, Selection } from '../../src/manifest/index.js';
import type { Records } from '../../src/store/index.js';
import type { Entry, FileTree } from '../../src/tree/index.js';
import { collect } from '../../src/util/index.js';

export const at = { file: 'image.yaml', line: 7, column: 3, length: 5 };

/** Runs the work in an empty directory, which is gone afterwards. */
export async function inDirectory<T>(work: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-inputs-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `'a/b'` → text of a file, `'x!'` → text of a program, `'d/'` → a directory, `'l@'` → target of a symlink. */
export type Layout = Readonly<Record<string, string>>;

export function lay(directory: string, layout: Layout): void {
  for (const [name, text] of Object.entries(layout)) {
    const path = join(directory, name.replace(/[!@]$/, ''));
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    if (name.endsWith('@')) symlinkSync(text, path);
    else writeFileSync(path, text);
    if (name.endsWith('!')) chmodSync(path, 0o755);
  }
}

export function memoryRecords(): Records & { readonly values: Map<string, Uint8Array>; writes: number } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    writes: 0,
    has: (kind, key) => values.has(`${kind} ${key}`),
    read: (kind, key) => values.get(`${kind} ${key}`)?.toString(),
    readBytes: (kind, key) => values.get(`${kind} ${key}`),
    write(kind, key, value) {
      this.writes++;
      values.set(`${kind} ${key}`, Buffer.from(value));
    },
    remove: (kind, key) => void values.delete(`${kind} ${key}`),
  };
}

/** A machine whose clock is some seconds ahead, so that what was written just now counts as old. */
export function hostAhead(seconds = 10, files: Partial<Files> = {}): Host {
  const host = createNodeHost();
  const clock = { ...host.clock, now: () => host.clock.now() + seconds * 1000 };
  return { ...host, clock, files: { ...host.files, ...files } };
}

export interface TestContext extends InputContext {
  readonly records: ReturnType<typeof memoryRecords>;
  readonly digests: FileDigests;
}

export function contextIn(directory: string, host = hostAhead(), records = memoryRecords()): TestContext {
  return { host, directory, records, digests: openFileDigests(host, records, join(directory, 'image.yaml')) };
}

export function pattern(glob: string) {
  return { glob, at: { ...at, text: glob } };
}

export function selection(include?: readonly string[], exclude: readonly string[] = []): Selection {
  return { include: include?.map(pattern), exclude: exclude.map(pattern) };
}

/** As the manifest reads it: a trailing slash means "into". */
function destination(to: string): Destination {
  return { path: to.replace(/^\/+|\/+$/g, ''), intoDirectory: to.endsWith('/') };
}

const plain = { owner: { uid: 0, gid: 0 }, mode: undefined, capabilities: [], replace: false, at };

export function filesContent(source: string, to: string, more: Partial<FilesContent> = {}): FilesContent {
  const facts = { source, sourceAt: at, to: destination(to), selection: selection(), closure: undefined };
  return { kind: 'files', ...facts, ...plain, ...more };
}

export function artifactContent(path: string, to: string, more: Partial<ArtifactContent> = {}): ArtifactContent {
  return { kind: 'artifact', artifact: 'server', path, to: destination(to), selection: selection(), ...plain, ...more };
}

/** The paths of a tree, directories with a slash. */
export function paths(tree: FileTree): string[] {
  return tree.entries.map((entry) => (entry.kind === 'directory' ? `${entry.path}/` : entry.path));
}

/** `mode path`, `path -> target`. */
export function lines(tree: FileTree): string[] {
  return tree.entries.map((entry) => {
    if (entry.kind === 'symlink') return `${entry.path} -> ${entry.target}`;
    return entry.kind === 'whiteout' ? entry.path : `${entry.mode.toString(8)} ${entry.path}`;
  });
}

export async function textOf(entry: Entry | undefined): Promise<string> {
  if (entry?.kind !== 'file') throw new Error(`${entry?.path} is no file`);
  return Buffer.from(await collect(entry.open(), 1_000_000)).toString('utf8');
}

export { failureOf } from '../support/failure-of.js';

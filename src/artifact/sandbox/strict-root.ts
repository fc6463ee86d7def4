import { dirname, join } from 'node:path';
import type { Files, Host } from '../../host/index.js';
import type { SeenFile } from '../tools/artifact-tool.js';
import { ETC_FILES } from './etc-files.js';

/** What becomes the root of the machine for a strict command. */
export interface StrictRoot {
  /** Holds what is made for it, and `tmp`. Absolute. */
  readonly directory: string;
  /** Files and directories of this machine that are shown at their own places. */
  readonly shown: readonly string[];
}

export interface StrictRootOptions {
  /** What tools and variations need; a path may come twice. */
  readonly seen: readonly SeenFile[];
  readonly hasNetwork: boolean;
}

/**
 * bubblewrap reads the whole table of mounts again for each file that it shows: 100 take a twentieth of a second, 1000 several
 * seconds. The largest are shown, and the others copied, which for small files is faster.
 */
const SHOWN_MAX = 64;
/** Of one file. */
const COPIED_BYTES_MAX = 2 ** 30;

/** Directories of the root that are links into /usr, where the machine has it so. */
const USR_MERGED = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** Filled by bubblewrap, or the command's own. */
const TAKEN = ['/proc', '/dev', '/build'];

/** What programs look for to reach others: how names are resolved, and whom to trust. */
const FOR_NETWORK = [
  '/etc/ssl/certs',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust/extracted',
  '/usr/share/ca-certificates',
];
const RESOLVER = '/etc/resolv.conf';
const RESOLVER_BYTES_MAX = 64 * 1024;

function isBelow(path: string, directories: ReadonlySet<string>): boolean {
  for (let at = dirname(path); at !== '/'; at = dirname(at)) if (directories.has(at)) return true;
  return false;
}

/** Each path once, without what a directory shows anyway. */
function distinct(seen: readonly SeenFile[]): readonly SeenFile[] {
  const byPath = new Map(seen.map((file) => [file.absolute, file]));
  const directories = new Set(seen.filter(({ kind }) => kind === 'directory').map(({ absolute }) => absolute));
  const rest = [...byPath.values()].filter(
    ({ absolute }) => !TAKEN.includes(absolute) && !isBelow(absolute, directories),
  );
  return rest.sort((a, b) => (a.absolute < b.absolute ? -1 : 1));
}

/** Writes below one directory, and makes each directory in it once. */
class RootWriter {
  readonly #directory: string;
  readonly #files: Files;
  readonly #made = new Set<string>();

  constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  makeDirectory(path: string): void {
    if (this.#made.has(path)) return;
    this.#files.makeDirectory(join(this.#directory, path), 0o755);
    this.#made.add(path);
  }

  writeFile(path: string, content: Uint8Array, mode: number): void {
    this.makeDirectory(dirname(path));
    const at = join(this.#directory, path);
    const handle = this.#files.createFile(at);
    handle.write(content);
    handle.close();
    this.#files.chmod(at, mode);
  }

  symlink(target: string, path: string): void {
    this.makeDirectory(dirname(path));
    this.#files.symlink(target, join(this.#directory, path));
  }
}

function makeLinks(seen: readonly SeenFile[], writer: RootWriter, { files }: Host): void {
  const links = new Map(
    seen.flatMap(({ kind, absolute, target }) => (kind === 'symlink' ? [[absolute, target!]] : [])),
  );
  const shown = new Set(seen.map(({ absolute }) => absolute));
  for (const path of USR_MERGED) {
    if (shown.has(path) || files.lstat(path)?.kind !== 'symlink') continue;
    links.set(path, Buffer.from(files.readLink(path)).toString());
  }
  for (const [path, target] of links) writer.symlink(target, path);
}

function networkFiles({ files }: Host): readonly SeenFile[] {
  const there = FOR_NETWORK.filter((path) => files.lstat(path)?.kind === 'directory');
  return there.map((absolute) => ({ absolute, kind: 'directory' }));
}

/** The accounts and names that programs expect, and the resolver of the machine for those that reach the network. */
function makeEtc(writer: RootWriter, hasNetwork: boolean, { files }: Host): void {
  for (const [path, text] of Object.entries(ETC_FILES)) writer.writeFile(path, Buffer.from(text), 0o644);
  if (!hasNetwork || files.stat(RESOLVER)?.kind !== 'file') return;
  writer.writeFile(RESOLVER, files.readFile(RESOLVER, RESOLVER_BYTES_MAX), 0o644);
}

/** What is not shown but copied: of many files the smallest. */
function copyRest(real: readonly SeenFile[], writer: RootWriter, { files }: Host): ReadonlySet<SeenFile> {
  if (real.length <= SHOWN_MAX) return new Set();
  const stats = new Map(real.map((file) => [file, files.stat(file.absolute)]));
  const sizeOf = (file: SeenFile): number =>
    file.kind === 'directory' ? Number.POSITIVE_INFINITY : (stats.get(file)?.size ?? 0);
  const copied = [...real].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(SHOWN_MAX);
  const rest = copied.filter(({ kind }) => kind === 'file');
  for (const file of rest) {
    const isProgram = ((stats.get(file)?.mode ?? 0) & 0o111) !== 0;
    writer.writeFile(file.absolute, files.readFile(file.absolute, COPIED_BYTES_MAX), isProgram ? 0o555 : 0o444);
  }
  return new Set(rest);
}

/**
 * Makes the directory that a strict command sees as `/`: with links, accounts, and the small files of the tools where there
 * are too many to show each. Throws errno errors.
 */
export function makeStrictRoot(directory: string, options: StrictRootOptions, host: Host): StrictRoot {
  const { hasNetwork } = options;
  const writer = new RootWriter(directory, host.files);
  const seen = distinct([...options.seen, ...(hasNetwork ? networkFiles(host) : [])]);
  for (const path of [...TAKEN, '/tmp']) writer.makeDirectory(path);
  makeEtc(writer, hasNetwork, host);
  makeLinks(seen, writer, host);
  const made = new Set([...Object.keys(ETC_FILES), RESOLVER]);
  const real = seen.filter(({ kind, absolute }) => kind !== 'symlink' && !made.has(absolute));
  const copied = copyRest(real, writer, host);
  return { directory, shown: real.filter((file) => !copied.has(file)).map(({ absolute }) => absolute) };
}

import { join } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import { errnoOf, type Files, reasonOf } from '../host/index.js';
import { type Entry, type FileEntry, type FileTree, resolvePath } from '../tree/index.js';
import type { ContainerContext, ContainerImage } from './container.js';

export interface RootfsOptions {
  /** Absolute; must not exist. */
  readonly directory: string;
  /** True where files get the owners that they have in the image, which takes root. */
  readonly keepsOwners: boolean;
  /** Directories that the image only says in its config: absolute in the image. Made where nothing is. */
  readonly directories: readonly string[];
}

/** What was left out. */
export interface WrittenRootfs {
  readonly leftOut: number;
}

const unsafe = ({ path }: Entry, why: string): TbuildError =>
  fail('image-invalid', { message: `${JSON.stringify(`/${path}`)} of the image cannot be written: ${why}` });

class RootfsWriter {
  readonly #files: Files;
  readonly #options: RootfsOptions;
  readonly #context: ContainerContext;
  /** Paths of the directories that were made here: nothing is written anywhere else, so never through a link. */
  readonly #made = new Map<string, { readonly mode: number }>();
  leftOut = 0;

  constructor(options: RootfsOptions, context: ContainerContext) {
    this.#files = context.host.files;
    this.#options = options;
    this.#context = context;
  }

  makeRoot(): void {
    this.#files.makeDirectory(this.#options.directory, 0o755);
    this.#made.set('', { mode: 0o755 });
  }

  async add(entry: Entry): Promise<void> {
    this.#context.host.interruption.throwIfAborted();
    const path = this.#placeOf(entry);
    switch (entry.kind) {
      case 'directory':
        this.#files.makeDirectory(path, 0o700);
        this.#own(entry, path);
        // What lies below comes first: the mode may forbid it.
        this.#made.set(entry.path, { mode: entry.mode });
        return;
      case 'symlink':
        return this.#files.symlink(entry.target, path);
      case 'file':
        return this.#writeFile(entry, path);
      case 'whiteout':
        return;
      default:
        // Devices and fifos of an image are nothing that a container has: it gets a /dev of its own.
        this.leftOut += 1;
    }
  }

  finish(): void {
    const { directory } = this.#options;
    for (const [path, { mode }] of [...this.#made].reverse()) this.#files.chmod(join(directory, path), mode);
  }

  #placeOf(entry: Entry): string {
    const slash = entry.path.lastIndexOf('/');
    const name = entry.path.slice(slash + 1);
    if (name === '' || name === '.' || name === '..' || name.includes('\0')) throw unsafe(entry, 'it has no name');
    if (!this.#made.has(slash < 0 ? '' : entry.path.slice(0, slash))) {
      throw unsafe(entry, 'what it lies in is no directory');
    }
    return join(this.#options.directory, entry.path);
  }

  async #writeFile(entry: FileEntry, path: string): Promise<void> {
    const handle = this.#files.createFile(path);
    try {
      for await (const chunk of entry.open()) handle.write(chunk);
    } finally {
      handle.close();
    }
    this.#own(entry, path);
    this.#files.chmod(path, entry.mode);
    this.#context.progress(entry.size, 1);
  }

  #own({ uid, gid }: { readonly uid: number; readonly gid: number }, path: string): void {
    if (this.#options.keepsOwners && (uid !== 0 || gid !== 0)) this.#files.chown(path, uid, gid);
  }
}

/** The directories of a list, and those above them, that a tree does not have. */
function* missingDirectories(tree: FileTree, paths: readonly string[]): Generator<Entry> {
  const made = new Map<string, Entry>();
  const lookup = (path: string): Entry | undefined => made.get(path) ?? tree.get(path);
  for (const path of paths) {
    const place = resolvePath(path, lookup);
    if (place.kind !== 'place' || place.entry !== undefined) continue;
    const names = place.path === '' ? [] : place.path.split('/');
    for (const length of names.keys()) {
      const directory = names.slice(0, length + 1).join('/');
      if (lookup(directory) !== undefined) continue;
      const origin = { kind: 'parent', label: 'the config' };
      const entry: Entry = {
        kind: 'directory',
        path: directory,
        mode: 0o755,
        uid: 0,
        gid: 0,
        claim: 'implied',
        origin,
      };
      made.set(directory, entry);
      yield entry;
    }
  }
}

/**
 * Writes an image's files to this machine, for a runtime that takes a directory. Each is a new one in a directory that was
 * made here, so that no link of the image is ever written through. Times and extended attributes are not kept.
 *
 * Not `artifact/write-tree.ts`: that one is for trees of tbuild's own and knows neither owners, nor special files, nor
 * trees in which a name may be hostile.
 * @throws TbuildError `image-invalid`, `runtime-failed` where this machine cannot hold it, and what opening a file reports
 */
export async function writeRootfs(
  image: ContainerImage,
  options: RootfsOptions,
  context: ContainerContext,
): Promise<WrittenRootfs> {
  const tree = await image.tree();
  const writer = new RootfsWriter(options, context);
  try {
    writer.makeRoot();
    for (const entry of tree.entries) await writer.add(entry);
    for (const entry of missingDirectories(tree, options.directories)) await writer.add(entry);
    writer.finish();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const message = `Cannot write the files of ${JSON.stringify(image.name)} for a container: ${reasonOf(error)}`;
    throw fail('runtime-failed', { message, details: { fault: 'machine' }, cause: error });
  }
  return { leftOut: writer.leftOut };
}

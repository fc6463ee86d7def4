import { dirname, join } from 'node:path';
import type { Files } from '../host/index.js';
import type { FileEntry, FileTree } from '../tree/index.js';

export interface TreeCopy {
  /** Absolute; must not exist. */
  readonly directory: string;
  /** Files are made 0444 or 0555. */
  readonly isReadOnly: boolean;
  /** Modification time of everything, in seconds since the epoch. */
  readonly modified: number;
  /** Names are made in the reverse of their order. */
  readonly isReversed: boolean;
}

async function writeFile(entry: FileEntry, path: string, files: Files): Promise<void> {
  const handle = files.createFile(path);
  try {
    for await (const chunk of entry.open()) handle.write(chunk);
  } finally {
    handle.close();
  }
}

/**
 * Writes a tree of files, directories and symlinks to this machine, with the entries' modes whatever the umask. Only for
 * trees of tbuild's own: names that inputs or outputs brought through `selectFiles`.
 */
export async function writeTree(tree: FileTree, copy: TreeCopy, files: Files): Promise<void> {
  const { directory, isReadOnly, modified, isReversed } = copy;
  const directories = [directory];
  files.makeDirectory(directory, 0o755);
  for (const entry of isReversed ? tree.entries.toReversed() : tree.entries) {
    const path = join(directory, entry.path);
    // In reverse a directory comes after what it holds, and is there by then.
    if (isReversed) files.makeDirectory(dirname(path), 0o755);
    if (entry.kind === 'directory') {
      files.makeDirectory(path, 0o755);
      directories.push(path);
      continue;
    }
    if (entry.kind === 'symlink') files.symlink(entry.target, path);
    else if (entry.kind === 'file') {
      await writeFile(entry, path, files);
      files.chmod(path, isReadOnly ? entry.mode & 0o555 : entry.mode);
    } else throw new RangeError(`a ${entry.kind} cannot be copied`);
    files.setModified(path, modified);
  }
  // What is written into a directory changes its time.
  for (const path of directories) files.setModified(path, modified);
}

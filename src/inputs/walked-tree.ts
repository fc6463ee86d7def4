import { basename, posix } from 'node:path';
import type { Files } from '../host/index.js';
import type { FilesContent } from '../manifest/index.js';
import type { Digest } from '../oci/index.js';
import {
  type DirectoryEntry,
  type Entry,
  type Extent,
  type FileEntry,
  type FileTree,
  type Origin,
  type SymlinkEntry,
  treeOf,
} from '../tree/index.js';
import type { Chunks } from '../util/index.js';
import { digestIn } from './file-digests.js';
import { seenIn } from './hash-files.js';
import { type HostPlace, openHostFile } from './host-file.js';
import { attributesOfFile, attributesOfOther, placeBelow, placeDirectory, placeSingle } from './placement.js';
import { FoundBelow } from './select-files.js';
import { Kinds, type WalkTable } from './walk-table.js';

const OWNER_EXECUTES = 0o100;

/** A walk, and what is to become of it. */
interface Walked {
  readonly content: FilesContent;
  readonly place: HostPlace;
  readonly table: WalkTable;
  readonly files: Files;
}

/** What all entries of a walk share. */
interface Source extends Walked {
  /** How the paths of the walk begin where they are told from the directory of image.yaml. */
  readonly prefix: string;
}

/** An entry of a walk. What is seldom asked for is made when it is: there may be half a million of them. */
abstract class WalkedEntry {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly source: Source;
  readonly index: number;

  constructor(source: Source, index: number, facts: { path: string; mode: number; uid: number; gid: number }) {
    this.path = facts.path;
    this.mode = facts.mode;
    this.uid = facts.uid;
    this.gid = facts.gid;
    this.source = source;
    this.index = index;
  }

  get origin(): Origin {
    const { content, table, prefix } = this.source;
    const source = prefix + table.paths[this.index]!;
    return { kind: 'files', label: `files ${content.source}`, at: content.at, source };
  }
}

class WalkedDirectory extends WalkedEntry implements DirectoryEntry {
  get kind(): 'directory' {
    return 'directory';
  }

  get claim(): 'walked' {
    return 'walked';
  }
}

class WalkedSymlink extends WalkedEntry implements SymlinkEntry {
  get kind(): 'symlink' {
    return 'symlink';
  }

  get target(): string {
    return this.source.table.targets[this.index]!;
  }
}

class WalkedFile extends WalkedEntry implements FileEntry {
  readonly size: number;
  readonly digest: Digest;

  constructor(source: Source, index: number, facts: { path: string; mode: number; uid: number; gid: number }) {
    super(source, index, facts);
    this.size = seenIn(source.table, index).size;
    this.digest = digestIn({ table: source.table, index });
  }

  get kind(): 'file' {
    return 'file';
  }

  get extent(): Extent {
    return { path: this.#found.absolute };
  }

  open(): Chunks {
    const { absolute, shown, at } = this.#found;
    const stat = seenIn(this.source.table, this.index);
    return openHostFile({ absolute, shown, at, stat }, this.digest, this.source.files);
  }

  get #found(): HostPlace {
    const path = this.source.table.paths[this.index]!;
    return path === '' ? this.source.place : new FoundBelow(this.source.place, path, 'file');
  }
}

/** Files that have capabilities, which few have. */
class WalkedFileWithAttributes extends WalkedFile {
  readonly xattrs: ReadonlyMap<string, Uint8Array>;

  constructor(source: Source, index: number, facts: ReturnType<typeof attributesOfFile> & { readonly path: string }) {
    super(source, index, facts);
    this.xattrs = facts.xattrs!;
  }
}

/** What a walk took, at its places in the image. @throws TbuildError `input-limit`, `input-name` */
export function treeOfWalk(walked: Walked): FileTree {
  const { content, place, table } = walked;
  const entries: Entry[] = [];
  const programs = attributesOfFile(content, true);
  const others = attributesOfFile(content, false);
  const directories = attributesOfOther(content, 'directory');
  const symlinks = attributesOfOther(content, 'symlink');
  const isSingle = (table.kinds[0]! & Kinds.mask) === Kinds.file;
  const prefix = isSingle ? posix.join(content.source, '') : posix.join(content.source, '.', 'x').slice(0, -1);
  const source: Source = { ...walked, prefix };
  if (!isSingle) {
    const origin = {
      kind: 'files',
      label: `files ${content.source}`,
      at: content.at,
      source: posix.join(content.source, '.'),
    };
    entries.push(...placeDirectory(content, origin));
  }
  table.paths.forEach((relative, index) => {
    const kind = table.kinds[index]!;
    if ((kind & Kinds.selected) === 0) return;
    const path = isSingle ? placeSingle(content, basename(place.absolute)) : placeBelow(content, relative);
    switch (kind & Kinds.mask) {
      case Kinds.directory:
        entries.push(new WalkedDirectory(source, index, { path, ...directories }));
        break;
      case Kinds.symlink:
        entries.push(new WalkedSymlink(source, index, { path, ...symlinks }));
        break;
      default: {
        const attributes = (table.modes[index]! & OWNER_EXECUTES) === 0 ? others : programs;
        const Class = attributes.xattrs === undefined ? WalkedFile : WalkedFileWithAttributes;
        entries.push(new Class(source, index, { path, ...attributes }));
      }
    }
  });
  return treeOf(entries);
}

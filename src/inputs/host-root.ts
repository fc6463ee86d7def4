import { posix } from 'node:path';
import type { RootEntry, RootFiles } from '../closure/index.js';
import type { FileStat, Files } from '../host/index.js';
import { compareUtf8, decodeUtf8 } from '../util/index.js';
import { type HostPlace, readHostFile, readingError } from './host-file.js';
import { isName } from './host-name.js';

/** The host's side of a path in a root file system. */
export function placeIn(root: HostPlace, path: string): HostPlace {
  const absolute = root.absolute === '/' ? `/${path}` : posix.join(root.absolute, path);
  return { absolute, shown: posix.join(root.shown, path), at: root.at };
}

function called<T>(place: HostPlace, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw readingError(error, place);
  }
}

function entryOf(stat: FileStat, place: HostPlace, files: Files): RootEntry {
  const { kind, size, mode } = stat;
  if (kind === 'file') return { kind, size, mode, open: () => readHostFile({ ...place, stat }, files) };
  if (kind !== 'symlink') return { kind };
  const target = called(place, () => files.readLink(place.absolute));
  return { kind, target: Buffer.from(target).toString('utf8') };
}

/** A root file system on this machine. */
export interface HostRoot extends RootFiles {
  /** What `lstat` said when somebody asked for the path first; undefined where nobody has, or nothing was there. */
  statOf(path: string): FileStat | undefined;
}

/**
 * A directory of this machine as a root file system. Nothing is listed or read before somebody asks for it, so it may be
 * `/` itself; symlinks are given out and never followed, so that nobody is led outside.
 *
 * @param mode permission bits that all files shall have, instead of their own
 * @throws TbuildError `input-unreadable`, `input-limit`, and `input-changed` while a file is read
 */
export function hostRoot(root: HostPlace, files: Files, mode?: number): HostRoot {
  const known = new Map<string, { readonly stat: FileStat; readonly entry: RootEntry } | undefined>();
  const look = (path: string) => {
    // Search paths and configurations of programs ask for anything.
    if (!path.split('/').every(isName)) return undefined;
    const place = placeIn(root, path);
    const stat = called(place, () => files.lstat(place.absolute));
    if (stat === undefined) return undefined;
    const entry = entryOf(stat, place, files);
    return { stat, entry: entry.kind === 'file' && mode !== undefined ? { ...entry, mode } : entry };
  };
  return {
    at(path) {
      if (!known.has(path)) known.set(path, look(path));
      return known.get(path)?.entry;
    },
    statOf: (path) => known.get(path)?.stat,
    namesIn(directory) {
      if (directory !== '' && this.at(directory)?.kind !== 'directory') return [];
      const place = placeIn(root, directory);
      const names = called(place, () => files.readDirectory(place.absolute));
      return names.flatMap(({ bytes }) => decodeUtf8(bytes) ?? []).sort(compareUtf8);
    },
  };
}

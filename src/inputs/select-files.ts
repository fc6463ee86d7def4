import { basename, posix } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import type { FileKind, FileStat, Files } from '../host/index.js';
import type { Selection } from '../manifest/index.js';
import { compareUtf8, decodeUtf8, escapeBytes } from '../util/index.js';
import { changed, type HostFile, type HostPlace, readingError, vanished } from './host-file.js';
import { PATH_BYTES_MAX, readHostName } from './host-name.js';
import type { InputContext } from './input-context.js';
import { statInput } from './input-root.js';
import { Selector, walkSelected } from './selector.js';

/** Something that is selected: `stat` is that of `lstat`. */
export interface SelectedFile extends HostFile {
  /** Relative to the root, with `/` between names; empty for a root that is itself a file. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Where a symlink leads, as it stands there; empty for all else. */
  readonly target: string;
}

export interface FileSelection extends HostPlace {
  readonly selection: Selection;
}

/** trust.md, "Limits". */
const ENTRIES_MAX = 1_000_000;
/** Longest target of a symlink that Linux reads: PATH_MAX less the final NUL. */
const TARGET_BYTES_MAX = 4095;

/** A name in a walked directory, not yet looked at. */
export interface Found extends HostPlace {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly kind: FileKind;
  readonly problem: string | undefined;
}

function refuseName({ shown, problem, at }: Found): TbuildError {
  return fail('input-name', {
    message: `The name of "${shown}" ${problem}`,
    hint: 'Rename it, or leave it out with "exclude".',
    at,
    details: { path: shown },
  });
}

function childrenOf(directory: Found, files: Files): Found[] {
  if (directory.problem !== undefined) throw refuseName(directory);
  const { at } = directory;
  try {
    return files.readDirectory(directory.absolute).map(({ bytes, kind }) => {
      const name = readHostName(bytes);
      return {
        path: directory.path === '' ? name.text : `${directory.path}/${name.text}`,
        absolute: `${directory.absolute}/${name.text}`,
        shown: posix.join(directory.shown, name.shown),
        isDirectory: kind === 'directory',
        kind,
        problem: name.problem,
        at,
      };
    });
  } catch (error) {
    throw readingError(error, directory);
  }
}

function lstat(found: Found, files: Files): FileStat {
  let stat: FileStat | undefined;
  try {
    stat = files.lstat(found.absolute);
  } catch (error) {
    throw readingError(error, found);
  }
  if (stat === undefined) throw vanished(found);
  if (stat.kind !== found.kind) throw changed(found);
  return stat;
}

function readTarget(found: Found, files: Files): string {
  const { shown, at } = found;
  let bytes: Uint8Array;
  try {
    bytes = files.readLink(found.absolute);
  } catch (error) {
    throw readingError(error, found);
  }
  const target = decodeUtf8(bytes);
  if (target !== undefined && bytes.length <= TARGET_BYTES_MAX) return target;
  const why = target === undefined ? 'which is not UTF-8' : `which is longer than ${TARGET_BYTES_MAX} bytes`;
  const message = `The symlink ${JSON.stringify(shown)} leads to "${escapeBytes(bytes.subarray(0, 200))}", ${why}`;
  throw fail(target === undefined ? 'input-name' : 'input-limit', { message, at, details: { path: shown } });
}

/** Looks at what was found. @throws TbuildError where an image cannot hold it */
export function inspect(found: Found, files: Files): SelectedFile {
  const { path, absolute, shown, at, kind } = found;
  if (found.problem !== undefined) throw refuseName(found);
  if (path.length * 3 > PATH_BYTES_MAX && Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw fail('input-limit', {
      message: `The path of "${shown.slice(0, 200)}…" is longer than ${PATH_BYTES_MAX} bytes`,
      at,
    });
  }
  if (kind === 'other') {
    throw fail('input-kind', {
      message: `${JSON.stringify(shown)} is a socket, fifo or device, which an image cannot hold`,
      hint: 'Remove it, or leave it out with "exclude".',
      at,
      details: { path: shown },
    });
  }
  const stat = lstat(found, files);
  return { path, absolute, shown, at, kind, stat, target: kind === 'symlink' ? readTarget(found, files) : '' };
}

function selectBelow(root: Found, selector: Selector, files: Files): readonly SelectedFile[] {
  const selected: SelectedFile[] = [];
  walkSelected<Found>(selector, {
    childrenOf: (directory) => childrenOf(directory ?? root, files),
    onSelected(found) {
      selected.push(inspect(found, files));
      if (selected.length <= ENTRIES_MAX) return;
      const message = `${JSON.stringify(root.shown)} holds more than ${ENTRIES_MAX} files and directories`;
      throw fail('input-limit', { message, at: root.at });
    },
  });
  return selected.sort((a, b) => compareUtf8(a.path, b.path));
}

function selectSingle(place: HostPlace, stat: FileStat, selector: Selector): readonly SelectedFile[] {
  const path = basename(place.absolute);
  if (selector.judge({ path, isDirectory: false }, false) !== 'selected') return [];
  const { absolute, shown, at } = place;
  return [{ absolute, shown, at, path: '', kind: 'file', stat, target: '' }];
}

function refuseUnmatched(selector: Selector, { shown }: HostPlace): void {
  const [pattern] = selector.unmatched;
  if (pattern === undefined) return;
  throw fail('input-empty', {
    message: `${JSON.stringify(pattern.glob)} matches nothing in ${JSON.stringify(shown)}`,
    hint: 'Patterns start at that directory ("**/" stands for any number of directories), and "exclude" comes first.',
    at: pattern.at,
    details: { pattern: pattern.glob, path: shown },
  });
}

/**
 * What a selection takes of a file or directory, sorted by the UTF-8 bytes of the path; the directory itself is not in
 * it. The root may be a symlink; below it links are never followed. Nothing is read but names.
 *
 * @throws TbuildError `input-missing`, `input-empty`, `input-unreadable`, `input-kind`, `input-name`, `input-limit`,
 *   `manifest-wrong-value`
 */
export function selectFiles(
  from: FileSelection,
  { host, directory }: Pick<InputContext, 'host' | 'directory'>,
): readonly SelectedFile[] {
  const { absolute, shown, at } = from;
  const stat = statInput(from, directory, host.files);
  const selector = new Selector(from.selection);
  const root: Found = { absolute, shown, at, path: '', isDirectory: true, kind: 'directory', problem: undefined };
  const isDirectory = stat.kind === 'directory';
  const selected = isDirectory ? selectBelow(root, selector, host.files) : selectSingle(from, stat, selector);
  refuseUnmatched(selector, from);
  if (isDirectory || selected.length > 0) return selected;
  throw fail('input-empty', { message: `"exclude" leaves nothing of the file ${JSON.stringify(shown)}`, at });
}

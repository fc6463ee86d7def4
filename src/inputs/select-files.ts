import { basename, posix } from 'node:path';
import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import type { FileKind, FileStat, Files } from '../host/index.js';
import type { Selection } from '../manifest/index.js';
import { compareUtf8, decodeUtf8, escapeBytes } from '../util/index.js';
import { changed, type HostFile, type HostPlace, readingError, vanished } from './host-file.js';
import { type HostName, PATH_BYTES_MAX, readHostName } from './host-name.js';
import type { InputContext } from './input-context.js';
import { statInput } from './input-root.js';
import { Selector, walkSelected } from './selector.js';

/** Something that is selected: `stat` is that of `lstat`. */
export interface SelectedFile extends HostFile {
  /** Relative to the root, with `/` between names; empty for a root that is itself a file. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly stat: FileStat;
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

/** Something below a root. Half a million of them may be there at once, so only what differs is kept. */
export class FoundBelow implements Found {
  readonly path: string;
  readonly kind: FileKind;
  readonly problem: string | undefined;
  readonly #root: HostPlace;
  /** Of the name, where it is not the name itself. */
  readonly #shownName: string | undefined;

  constructor(root: HostPlace, path: string, kind: FileKind, name?: HostName) {
    this.path = path;
    this.kind = kind;
    this.problem = name?.problem;
    this.#root = root;
    this.#shownName = name?.problem === undefined ? undefined : name.shown;
  }

  get isDirectory(): boolean {
    return this.kind === 'directory';
  }

  get absolute(): string {
    return pathBelow(this.#root.absolute, this.path);
  }

  get shown(): string {
    const shown = this.#shownName;
    const path = shown === undefined ? this.path : posix.join(posix.dirname(this.path), shown);
    return posix.join(this.#root.shown, path);
  }

  get at(): SourceSpan | undefined {
    return this.#root.at;
  }
}

/** A path below an absolute one; the empty path is the directory that it leads to. */
export function pathBelow(root: string, path: string): string {
  return root === '/' ? `/${path}` : `${root}/${path}`;
}

function refuseName({ shown, problem, at }: Found): TbuildError {
  return fail('input-name', {
    message: `The name of "${shown}" ${problem}`,
    hint: 'Rename it, or leave it out with "exclude".',
    at,
    details: { path: shown },
  });
}

/** What is in a directory, not yet looked at. @param root what the paths are relative to */
export function childrenOf(directory: Found, root: HostPlace, files: Files): Found[] {
  if (directory.problem !== undefined) throw refuseName(directory);
  const prefix = directory.path === '' ? '' : `${directory.path}/`;
  try {
    return files.readDirectory(directory.absolute).map(({ bytes, kind }) => {
      const name = readHostName(bytes);
      return new FoundBelow(root, prefix + name.text, kind, name);
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

/** @throws TbuildError `input-limit` for more entries than an image holds */
export function checkCount(count: number, { shown, at }: HostPlace): void {
  if (count <= ENTRIES_MAX) return;
  throw fail('input-limit', {
    message: `${JSON.stringify(shown)} holds more than ${ENTRIES_MAX} files and directories`,
    at,
  });
}

function selectBelow(root: Found, selector: Selector, files: Files): readonly SelectedFile[] {
  const selected: SelectedFile[] = [];
  walkSelected<Found>(selector, {
    childrenOf: (directory) => childrenOf(directory ?? root, root, files),
    onSelected(found) {
      selected.push(inspect(found, files));
      checkCount(selected.length, root);
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

/** @throws TbuildError `input-empty` for a pattern that matched nothing */
export function refuseUnmatched(selector: Selector, { shown }: HostPlace): void {
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
  const stat = statInput(from, directory, host.files);
  const selector = new Selector(from.selection);
  const root = new FoundBelow(from, '', 'directory');
  const isDirectory = stat.kind === 'directory';
  const selected = isDirectory ? selectBelow(root, selector, host.files) : selectSingle(from, stat, selector);
  refuseUnmatched(selector, from);
  if (isDirectory || selected.length > 0) return selected;
  throw nothingLeft(from);
}

/** The error for a single file that is left out. */
export function nothingLeft({ shown, at }: HostPlace): TbuildError {
  return fail('input-empty', { message: `"exclude" leaves nothing of the file ${JSON.stringify(shown)}`, at });
}

import type { FileStat } from '../host/index.js';
import { compareUtf8 } from '../util/index.js';
import { type FileDigests, isSettledAt, type WalkEntry, walkKey } from './file-digests.js';
import { hashFiles } from './hash-files.js';
import { readingError, vanished } from './host-file.js';
import type { InputContext } from './input-context.js';
import { statInput } from './input-root.js';
import { type KnownWalk, lookAgain } from './known-walk.js';
import {
  checkCount,
  childrenOf,
  type FileSelection,
  type Found,
  FoundBelow,
  inspect,
  nothingLeft,
  pathBelow,
  refuseUnmatched,
} from './select-files.js';
import { Selector, walkSelected } from './selector.js';
import { DIGEST_BYTES, Kinds, NUMBERS, sameNumbers, type WalkTable } from './walk-table.js';

/** The columns of a walk while it goes on, in the order in which things were found. */
class Columns {
  readonly paths: string[] = [];
  readonly kinds: number[] = [];
  readonly modes: number[] = [];
  readonly numbers: number[] = [];
  readonly targets: string[] = [];

  get count(): number {
    return this.paths.length;
  }

  add(
    path: string,
    kind: number,
    { mode, size, modifiedMs, changedMs, inode, device }: FileStat,
    target: string,
  ): void {
    this.paths.push(path);
    this.kinds.push(kind);
    this.modes.push(mode);
    this.numbers.push(size, modifiedMs, changedMs, inode, device);
    this.targets.push(target);
  }

  addKnown({ table }: KnownWalk, index: number, kind: number): void {
    this.paths.push(table.paths[index]!);
    this.kinds.push(kind);
    this.modes.push(table.modes[index]!);
    for (let k = 0; k < NUMBERS; k++) this.numbers.push(table.numbers[index * NUMBERS + k]!);
    this.targets.push(table.targets[index]!);
  }

  sorted(): WalkTable {
    const { count } = this;
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    order.sort((a, b) => compareUtf8(this.paths[a]!, this.paths[b]!));
    const [kinds, modes] = [new Uint8Array(count), new Uint16Array(count)];
    const [numbers, digests] = [new Float64Array(count * NUMBERS), new Uint8Array(count * DIGEST_BYTES)];
    const [paths, targets] = [new Array<string>(count), new Array<string>(count)];
    order.forEach((from, i) => {
      paths[i] = this.paths[from]!;
      targets[i] = this.targets[from]!;
      kinds[i] = this.kinds[from]!;
      modes[i] = this.modes[from]!;
      for (let k = 0; k < NUMBERS; k++) numbers[i * NUMBERS + k] = this.numbers[from * NUMBERS + k]!;
    });
    return { paths, kinds, modes, numbers, digests, targets };
  }
}

/** A directory that is looked into: what it is, before its names are read. */
function lookAt(directory: Found, context: InputContext): FileStat {
  const { files } = context.host;
  try {
    const stat = directory.path === '' ? files.stat(directory.absolute) : files.lstat(directory.absolute);
    if (stat === undefined) throw vanished(directory);
    return stat;
  } catch (error) {
    throw readingError(error, directory);
  }
}

/** Walks through a directory; what is as `known` says is not looked at again. */
function walkBelow(root: Found, selector: Selector, known: KnownWalk | undefined, context: InputContext): WalkTable {
  const { files } = context.host;
  const columns = new Columns();
  const places = new Map<string, number>();
  const enter = (directory: Found): number => {
    const place = places.get(directory.path);
    if (place !== undefined) return place;
    const index = known?.indexOf(directory.path);
    places.set(directory.path, columns.count);
    if (known !== undefined && index !== undefined) columns.addKnown(known, index, Kinds.directory);
    else columns.add(directory.path, Kinds.directory, lookAt(directory, context), '');
    return columns.count - 1;
  };
  let selected = 0;
  walkSelected<Found>(selector, {
    childrenOf(found) {
      const directory = found ?? root;
      enter(directory);
      return known?.childrenOf(directory.path) ?? childrenOf(directory, root, files);
    },
    onSelected(found) {
      checkCount(++selected, root);
      const index = known?.indexOf(found.path);
      if (found.kind === 'directory') {
        if (index === undefined) inspect(found, files);
        columns.kinds[enter(found)]! |= Kinds.selected;
      } else if (known !== undefined && index !== undefined) {
        columns.addKnown(known, index, known.table.kinds[index]!);
      } else {
        const { kind, path, stat, target } = inspect(found, files);
        columns.add(path, (kind === 'symlink' ? Kinds.symlink : Kinds.file) | Kinds.selected, stat, target);
      }
    },
  });
  return columns.sorted();
}

function walkSingle(root: FileSelection, stat: FileStat, selector: Selector): WalkTable {
  const name = root.absolute.slice(root.absolute.lastIndexOf('/') + 1);
  const isSelected = selector.judge({ path: name, isDirectory: false }, false) === 'selected';
  refuseUnmatched(selector, root);
  if (!isSelected) throw nothingLeft(root);
  const columns = new Columns();
  columns.add('', Kinds.file | Kinds.selected, stat, '');
  return columns.sorted();
}

/** What the last walk knows of a file that it found, too, if that is as it was. */
function knownIn(before: WalkTable, index: number, table: WalkTable, i: number): WalkEntry | undefined {
  return sameNumbers(before.numbers, index, table.numbers, i) ? { table: before, index } : undefined;
}

const pathOf = (root: string, path: string): string => (path === '' ? root : pathBelow(root, path));

/** Digests that earlier walks know, put into the table; those of the others have to be found: their positions. */
function fillKnown(table: WalkTable, root: string, before: WalkTable | undefined, digests: FileDigests): number[] {
  const missing: number[] = [];
  const { paths } = table;
  let j = 0;
  for (let i = 0; i < paths.length; i++) {
    if ((table.kinds[i]! & Kinds.mask) !== Kinds.file) continue;
    const path = paths[i]!;
    while (before !== undefined && j < before.paths.length && compareUtf8(before.paths[j]!, path) < 0) j++;
    const isThere = before?.paths[j] === path && (before.kinds[j]! & Kinds.mask) === Kinds.file;
    const found = isThere ? knownIn(before, j, table, i) : digests.find(pathOf(root, path), table.numbers, i);
    if (found === undefined) missing.push(i);
    else
      table.digests.set(
        found.table.digests.subarray(found.index * DIGEST_BYTES, (found.index + 1) * DIGEST_BYTES),
        i * DIGEST_BYTES,
      );
  }
  return missing;
}

/** By entry, whether a later run may trust it: what was so when this one began, and what it saw that long after its last change. */
function trustedOf(table: WalkTable, known: KnownWalk | undefined, begun: number): Uint8Array {
  const trusted = new Uint8Array(table.paths.length);
  for (let i = 0; i < trusted.length; i++) {
    const [modified, changed] = [table.numbers[i * NUMBERS + 1]!, table.numbers[i * NUMBERS + 2]!];
    const isSettled = isSettledAt(modified, changed, begun) || known?.isTrusted(table.paths[i]!) === true;
    trusted[i] = isSettled ? 1 : 0;
  }
  return trusted;
}

function sizeOf({ numbers, kinds }: WalkTable): { readonly bytes: number; readonly files: number } {
  let [bytes, files] = [0, 0];
  for (let i = 0; i < kinds.length; i++) {
    if ((kinds[i]! & Kinds.mask) !== Kinds.file) continue;
    bytes += numbers[i * NUMBERS]!;
    files++;
  }
  return { bytes, files };
}

/**
 * What a selection takes of a file or directory, with the digest of every file. The root may be a symlink; below it links are
 * never followed. What `lstat` shows as the last walk found it is neither listed nor read again: a directory whose times
 * did not change has the names that it had (as git's untracked cache has it).
 *
 * @throws TbuildError `input-missing`, `input-empty`, `input-unreadable`, `input-kind`, `input-name`, `input-limit`,
 *   `input-changed`, `manifest-wrong-value`, and the reason of an interruption
 */
export async function walkFiles(from: FileSelection, context: InputContext): Promise<WalkTable> {
  const { digests, host } = context;
  const begun = host.clock.now();
  const stat = statInput(from, context.directory, host.files);
  const selector = new Selector(from.selection);
  const key = walkKey(from.absolute, selectionText(from));
  const before = digests.walk(key);
  const isDirectory = stat.kind === 'directory';
  const known = before === undefined ? undefined : await lookAgain(before, from, context);
  if (known?.isWhole) {
    digests.keep(key, before!);
    const { bytes, files } = sizeOf(known.table);
    context.progress?.(bytes, files);
    return known.table;
  }
  const root = new FoundBelow(from, '', 'directory');
  const table = isDirectory ? walkBelow(root, selector, known, context) : walkSingle(from, stat, selector);
  if (isDirectory) refuseUnmatched(selector, from);
  const missing = fillKnown(table, from.absolute, before?.table, digests);
  const all = sizeOf(table);
  const bytes = missing.reduce((sum, i) => sum + table.numbers[i * NUMBERS]!, 0);
  if (all.files > missing.length) context.progress?.(all.bytes - bytes, all.files - missing.length);
  await hashFiles(missing, { table, root: from }, context);
  digests.keep(key, { table, trusted: trustedOf(table, known, begun) });
  return table;
}

function selectionText({ selection: { include, exclude } }: FileSelection): string {
  return JSON.stringify([include?.map(({ glob }) => glob) ?? null, exclude.map(({ glob }) => glob)]);
}

import type { FilesResult, ListedEntry } from '../../operations/index.js';
import { cyan, dim, Text, text } from './text.js';

const KIND_LETTERS: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: '-',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  whiteout: 'w',
};

const SETS = [
  { bit: 0o4000, executable: 0o100, set: 's', alone: 'S' },
  { bit: 0o2000, executable: 0o010, set: 's', alone: 'S' },
  { bit: 0o1000, executable: 0o001, set: 't', alone: 'T' },
] as const;

/** `drwxr-xr-t`, as `ls -l` writes it; a `+` at the end for extended attributes. */
function renderMode({ kind, mode, xattrs }: Pick<ListedEntry, 'kind' | 'mode' | 'xattrs'>): string {
  const bits = Number.parseInt(mode, 8) || 0;
  const groups = SETS.map(({ bit, executable, set, alone }, i) => {
    const shift = 6 - 3 * i;
    const x = (bits & executable) !== 0;
    const last = (bits & bit) === 0 ? (x ? 'x' : '-') : x ? set : alone;
    return `${(bits >> shift) & 4 ? 'r' : '-'}${(bits >> shift) & 2 ? 'w' : '-'}${last}`;
  });
  return `${KIND_LETTERS[kind] ?? '?'}${groups.join('')}${xattrs === undefined || xattrs.length === 0 ? ' ' : '+'}`;
}

function renderPath({ kind, path, target }: ListedEntry): Text {
  if (kind === 'symlink') return text`${cyan(path)} -> ${target ?? ''}`;
  if (kind === 'directory') return text`${path}${path.endsWith('/') ? '' : '/'}`;
  return kind === 'whiteout' ? dim(path) : Text.of(path);
}

/** A listing like that of `ls -ln`: mode, owner, size in bytes, path. */
export function renderFiles({ entries }: FilesResult): Text[] {
  const cells = entries.map((entry) => ({
    mode: renderMode(entry),
    owner: `${entry.uid}:${entry.gid}`,
    size: entry.sizeBytes === undefined ? '-' : String(entry.sizeBytes),
    path: renderPath(entry),
  }));
  let ownerWidth = 0;
  let sizeWidth = 0;
  for (const { owner, size } of cells) {
    ownerWidth = Math.max(ownerWidth, owner.length);
    sizeWidth = Math.max(sizeWidth, size.length);
  }
  return cells.map(
    ({ mode, owner, size, path }) => text`${mode} ${owner.padEnd(ownerWidth)} ${size.padStart(sizeWidth)} ${path}`,
  );
}

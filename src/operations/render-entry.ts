import type { Entry } from '../tree/index.js';

/** One side of a difference, as differences of layers show theirs: `file 0755 0:0 sha256:…`; `absent` for nothing. */
export function renderEntry(entry: Entry | undefined): string {
  if (entry === undefined) return 'absent';
  if (entry.kind === 'whiteout') return entry.kind;
  const { kind, mode, uid, gid } = entry;
  const facts = `${kind} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`;
  if (entry.kind === 'file') return `${facts} ${entry.digest}`;
  return entry.kind === 'symlink' ? `${facts} -> ${entry.target}` : facts;
}

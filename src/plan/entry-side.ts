import type { Entry } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import type { EntrySide } from './plan.js';

function xattrsOf(entry: Exclude<Entry, { kind: 'whiteout' }>): Pick<EntrySide, 'xattrs'> {
  if (entry.xattrs === undefined || entry.xattrs.size === 0) return {};
  const sorted = [...entry.xattrs].sort(([a], [b]) => compareUtf8(a, b));
  return { xattrs: Object.fromEntries(sorted.map(([name, value]) => [name, Buffer.from(value).toString('hex')])) };
}

/** The facts of an entry that people want to see. */
export function sideOf(entry: Entry): EntrySide {
  if (entry.kind === 'whiteout') return { kind: 'whiteout', mode: '', owner: '' };
  const shared = {
    kind: entry.kind,
    mode: entry.mode.toString(8).padStart(4, '0'),
    owner: `${entry.uid}:${entry.gid}`,
    ...xattrsOf(entry),
  };
  if (entry.kind === 'file') return { ...shared, digest: entry.digest, sizeBytes: entry.size };
  if (entry.kind === 'symlink') return { ...shared, target: entry.target };
  if (entry.kind === 'directory') return shared;
  return { ...shared, device: `${entry.deviceMajor}:${entry.deviceMinor}` };
}

const ASPECTS: Readonly<Record<string, (side: EntrySide) => string | undefined>> = {
  kind: ({ kind }) => kind,
  content: ({ digest }) => digest,
  mode: ({ mode }) => mode,
  owner: ({ owner }) => owner,
  target: ({ target }) => target,
  device: ({ device }) => device,
  xattrs: ({ xattrs }) =>
    Object.entries(xattrs ?? {})
      .map(([name, value]) => `${name}=0x${value}`)
      .join(' ') || undefined,
};

/** One aspect of an entry, as `differs` calls it, for a line of text; undefined where the entry has none. */
export function aspectOf(side: EntrySide, aspect: string): string | undefined {
  return ASPECTS[aspect]?.(side);
}

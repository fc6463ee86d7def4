import type { Finding } from '../../plan/index.js';
import { explainRegion } from './explain-region.js';
import type { Explainer } from './explaining.js';
import { showBytes } from './show.js';
import { showTime, stampCause } from './times.js';

/** Number of the format, flags, and 8 bytes that say which source it is for (PEP 552). */
const HEADER_BYTES = 16;
const FLAG_HASH = 1;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Compiled Python: its header, and the code as bytes. */
export const explainPyc: Explainer = (before, after, { facts }) => {
  const [old, now] = [view(before), view(after)];
  const field = (name: string, at: number, show: (side: DataView) => string): Finding[] => {
    const sides = { before: show(old), after: show(now) };
    const finding: Finding = { kind: 'pyc', where: `header: ${name}`, offset: at, ...sides, likely: null };
    return sides.before === sides.after ? [] : [finding];
  };
  const flags = old.getUint32(4, true);
  const areAlike = flags === now.getUint32(4, true);
  const stamp = (): readonly Finding[] => {
    if (!areAlike) return [];
    if ((flags & FLAG_HASH) !== 0)
      return field('hash of the source', 8, (side) => showBytes(new Uint8Array(side.buffer, side.byteOffset + 8, 8)));
    const times = [old.getUint32(8, true), now.getUint32(8, true)] as const;
    const time = field('mtime of the source', 8, (side) => showTime(side.getUint32(8, true)));
    const size = field('size of the source', 12, (side) => String(side.getUint32(12, true)));
    return [...time.map((finding) => ({ ...finding, likely: stampCause(...times, facts) })), ...size];
  };
  return [
    ...field('number of the format', 0, (side) => String(side.getUint16(0, true))),
    ...field('flags', 4, (side) => String(side.getUint32(4, true))),
    ...stamp(),
    ...explainRegion(before.subarray(HEADER_BYTES), after.subarray(HEADER_BYTES), {
      kind: 'pyc',
      where: 'code',
      offset: HEADER_BYTES,
      facts,
    }),
  ];
};

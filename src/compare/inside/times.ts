import type { LikelyCause } from '../../plan/index.js';
import type { ExplainFacts } from './file-content.js';
import { isPrintable } from './strings-of.js';

/** Times that a build writes: from 2015 until 32 bits with a sign end. Others are more likely no times. */
const EARLIEST = 1_420_070_400;
const LATEST = 2 ** 31 - 1;
const TWO_YEARS = 2 * 366 * 24 * 60 * 60;

/** Both may be times of builds of the same thing. */
export function areTimes(before: number, after: number): boolean {
  const inRange = (seconds: number): boolean => seconds >= EARLIEST && seconds <= LATEST;
  return before !== after && inRange(before) && inRange(after) && Math.abs(before - after) <= TWO_YEARS;
}

/** RFC 3339 in UTC; a number that is no time stays one. */
export function showTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z');
}

export function timeCause(seconds: number, { created }: ExplainFacts): LikelyCause {
  const time = showTime(seconds);
  const text =
    seconds === created
      ? `the time "created" of the image, ${time}, is written into it`
      : `the time of the build, ${time}, is written into it`;
  return { kind: 'time', text };
}

/** A time of a member, a header: it is one without doubt. 0 is none. */
export function stampCause(before: number, after: number, facts: ExplainFacts): LikelyCause {
  return timeCause(after === 0 || after === facts.created ? before || after : after, facts);
}

/** Seconds since the epoch at this place, in 32 bits; little-endian as nearly every machine writes them. Letters are no time. */
function secondsAt(bytes: Uint8Array, at: number): number | undefined {
  const field = bytes.subarray(at, at + 4);
  if (field.length < 4 || field.every((byte) => byte === 0 || isPrintable(byte))) return undefined;
  return new DataView(field.buffer, field.byteOffset, 4).getUint32(0, true);
}

/**
 * Times in 32 or 64 bits that the differing bytes may be part of; undefined where they are none.
 * @param start of the differing bytes
 */
export function binaryTimes(
  before: Uint8Array,
  after: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): { readonly at: number; readonly before: number; readonly after: number } | undefined {
  if (end - start > 4) return undefined;
  // As compilers align them, if that is possible.
  const places = Array.from({ length: 4 }, (_, back) => start - back).filter((at) => at >= 0 && at + 4 >= end);
  places.sort((a, b) => Number(a % 4 !== 0) - Number(b % 4 !== 0));
  for (const at of places) {
    const [old, now] = [secondsAt(before, at), secondsAt(after, at)];
    if (old !== undefined && now !== undefined && areTimes(old, now)) return { at, before: old, after: now };
  }
  return undefined;
}

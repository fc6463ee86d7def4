import type { Finding } from '../../plan/index.js';
import { FINDINGS_MAX } from './explaining.js';
import type { ExplainFacts } from './file-content.js';
import { likelyOf, orderCause } from './likely.js';
import { middleOf, type Range, rangesOf } from './ranges.js';
import { showBytes, showPair } from './show.js';
import { type FoundString, stringAround, stringsOf } from './strings-of.js';
import { binaryTimes, showTime, timeCause } from './times.js';

/** Bytes of a file without a form that is known: a section, the rest of a file. */
export interface Region {
  readonly kind: Finding['kind'];
  /** What findings in it are called; undefined: by their bytes. */
  readonly where: string | undefined;
  /** Where the later version of it starts in the file. */
  readonly offset: number;
  readonly facts: ExplainFacts;
}

const placeOf = ({ where, offset }: Region, { start, end }: Range): string => {
  if (where !== undefined) return where;
  return end - start <= 1 ? `byte ${offset + start}` : `bytes ${offset + start}–${offset + end - 1}`;
};

function stringFinding(region: Region, before: string, after: string, range: Range): Finding {
  const { kind, offset, facts } = region;
  const likely = likelyOf(before, after, facts);
  return { kind, where: placeOf(region, range), offset: offset + range.start, ...showPair(before, after), likely };
}

function bytesFinding(region: Region, [before, after]: readonly [Uint8Array, Uint8Array], range: Range): Finding {
  const { kind, offset } = region;
  const [old, now] = [before, after].map((bytes) => showBytes(bytes.subarray(range.start, range.end))) as [
    string,
    string,
  ];
  const sides = { before: old === '' ? null : old, after: now === '' ? null : now };
  return { kind, where: placeOf(region, range), offset: offset + range.start, ...sides, likely: null };
}

interface Collected {
  readonly strings: { readonly before: string; readonly after: string; readonly range: Range }[];
  readonly times: Finding[];
  readonly others: Range[];
}

/** Sorts the differing ranges: in strings, in times, and others. */
function collect(region: Region, before: Uint8Array, after: Uint8Array, ranges: readonly Range[]): Collected {
  const found: Collected = { strings: [], times: [], others: [] };
  const seen = new Set<string>();
  for (const range of ranges) {
    const text = stringAround(before, after, range);
    const times = text === undefined ? binaryTimes(before, after, range) : undefined;
    if (text !== undefined) {
      const key = `${text.before}\0${text.after}`;
      if (!seen.has(key)) found.strings.push({ ...text, range });
      seen.add(key);
    } else if (times !== undefined) {
      const place = { start: times.at, end: times.at + 4 };
      found.times.push({
        kind: region.kind,
        where: placeOf(region, place),
        offset: region.offset + times.at,
        before: showTime(times.before),
        after: showTime(times.after),
        likely: timeCause(times.after, region.facts),
      });
    } else found.others.push(range);
  }
  return found;
}

/** Strings that only one of the two has, in their order. */
function onlyOnes(strings: readonly FoundString[], others: readonly FoundString[]): readonly FoundString[] {
  const counts = new Map<string, number>();
  for (const { text } of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return strings.filter(({ text }) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count <= 0;
  });
}

/** Strings that one side has for strings of the other; those that repeat just once. */
function pairedStrings(region: Region, left: readonly FoundString[], right: readonly FoundString[]) {
  const pairs = new Map<string, Finding>();
  for (let i = 0; i < Math.min(left.length, right.length) && pairs.size < FINDINGS_MAX; i++) {
    const [{ text: before }, { text: after, at }] = [left[i]!, right[i]!];
    const key = `${before}\0${after}`;
    if (!pairs.has(key)) pairs.set(key, stringFinding(region, before, after, { start: at, end: at + after.length }));
  }
  return [...pairs.values()];
}

/**
 * Linkers and compilers sort their tables of strings: a string that changed may stand at the place of another one. So it is first
 * looked at which strings are only in one, and only then at what stands at one place.
 */
function stringFindings(
  region: Region,
  [before, after]: readonly [Uint8Array, Uint8Array],
  strings: Collected['strings'],
): readonly Finding[] {
  if (strings.length === 0) return [];
  const [old, now] = [stringsOf(before), stringsOf(after)];
  const [left, right] = [onlyOnes(old, now), onlyOnes(now, old)];
  if (left.length > 0 && left.length === right.length) return pairedStrings(region, left, right);
  const findings = strings
    .slice(0, FINDINGS_MAX)
    .map((string) => stringFinding(region, string.before, string.after, string.range));
  const isOrder = left.length + right.length === 0 && strings.length > 1;
  const texts = [old, now].map((found) => found.map(({ text }) => text)) as [string[], string[]];
  return isOrder ? [{ ...findings[0]!, likely: orderCause(...texts, 'texts') }] : findings;
}

function explainSameSize(before: Uint8Array, after: Uint8Array, region: Region): readonly Finding[] {
  const { ranges, count } = rangesOf(before, after);
  const { strings, times, others } = collect(region, before, after, ranges);
  const [first] = others;
  const findings = [...stringFindings(region, [before, after], strings), ...times];
  if (first === undefined) return findings;
  const finding = bytesFinding(region, [before, after], first);
  const more = others.length + count - ranges.length - 1;
  return [...findings, more === 0 ? finding : { ...finding, where: `${finding.where} and ${more} more ranges` }];
}

/** Sizes differ, so places say nothing. */
function explainOtherSize(before: Uint8Array, after: Uint8Array, region: Region): readonly Finding[] {
  const [old, now] = [stringsOf(before), stringsOf(after)];
  const paired = pairedStrings(region, onlyOnes(old, now), onlyOnes(now, old));
  if (paired.length > 0) return paired;
  const { start } = middleOf(before, after).after;
  const { kind, offset } = region;
  const sizes = { before: `${before.length} bytes`, after: `${after.length} bytes` };
  const where = region.where ?? `from byte ${offset + start} on`;
  return [{ kind, where, offset: offset + start, ...sizes, likely: null }];
}

/** What differs in bytes of no known form: strings, times in 32 or 64 bits, ranges. */
export function explainRegion(before: Uint8Array, after: Uint8Array, region: Region): readonly Finding[] {
  return before.length === after.length
    ? explainSameSize(before, after, region)
    : explainOtherSize(before, after, region);
}

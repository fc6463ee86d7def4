import { findInBuckets, insertInBuckets, startBuckets } from './buckets';
import { findInChains, insertInChains, startChains } from './chains';
import { LENGTH_SYMBOLS, LITERALS, SEGMENT_COUNTS, SEQUENCES } from './layout';
import { lazy, usesBuckets } from './parameters';
import { startShortMatches } from './short-matches';
import { distanceSymbol } from './symbols';

const MAX_LENGTH: i32 = 258;

/** Where the parse stands: all before is in sequences. */
export let position: usize = 0;
/** Sequences of the deflate block so far. */
export let sequences: i32 = 0;

export function startTables(): void {
  startShortMatches();
  if (usesBuckets) startBuckets();
  else startChains();
}

function find(at: usize, held: i32, most: i32): u32 {
  return usesBuckets ? findInBuckets(at, held, most) : findInChains(at, held, most);
}

/** Makes the positions known to later ones. Eight bytes from each may be read. */
export function insertAll(from: usize, to: usize): void {
  if (usesBuckets) insertInBuckets(from, to);
  else insertInChains(from, to);
}

export function startParse(at: usize): void {
  position = at;
}

export function setSequences(count: i32): void {
  sequences = count;
}

function count(symbol: i32): void {
  const counter = SEGMENT_COUNTS + (symbol << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds a sequence: the literals from `from` to `at`, and a match there, or none where its length is 0. */
function add(from: usize, at: usize, length: u32, distance: u32): void {
  let symbol: u32 = 0;
  if (length > 0) {
    count(257 + load<u8>(LENGTH_SYMBOLS + length));
    symbol = distanceSymbol(distance);
    count(LITERALS + symbol);
  }
  const parts = <u64>(at - from) | ((<u64>length) << 16) | ((<u64>distance) << 32) | ((<u64>symbol) << 48);
  store<u64>(SEQUENCES + (sequences << 3), parts);
  sequences++;
}

/**
 * Parses to `until` or, in a match, beyond it, but never beyond `end`: appends sequences and counts their symbols in
 * SEGMENT_COUNTS. Always the same for the same input, since it starts from the same tables.
 */
export function parse(until: usize, end: usize): void {
  let at = position;
  let literals = at;
  // The match in hand, which starts one byte before.
  let length = 0;
  let distance: u32 = 0;
  const last = min(until, end - 3);
  while (at < last || length > 0) {
    const most = min(MAX_LENGTH, <i32>(end - at));
    const found = most >= 4 ? find(at, length, most) : 0;
    if (found === 0) {
      if (length > 0) {
        const start = at - 1;
        add(literals, start, length, distance);
        const next = start + length;
        insertAll(at + 1, min(next, end - 3));
        at = next;
        literals = next;
        length = 0;
      } else count(load<u8>(at++));
      continue;
    }
    // The match in hand gives way to the longer one, its first byte becomes a literal.
    if (length > 0) count(load<u8>(at - 1));
    length = <i32>(found >> 16);
    distance = found & 0xffff;
    if (length < lazy) {
      at++;
      continue;
    }
    add(literals, at, length, distance);
    const next = at + length;
    insertAll(at + 1, min(next, end - 3));
    at = next;
    literals = next;
    length = 0;
  }
  while (at < until) count(load<u8>(at++));
  if (literals < at) add(literals, at, 0, 0);
  position = at;
}

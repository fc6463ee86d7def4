// The numbers and steps are those of the XXH64 specification (xxHash fast digest algorithm, version 0.1.1).
const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;
const STRIPE_BYTES = 32;

/** A hash under way. */
export interface Xxh64 {
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far. */
  digest(): bigint;
}

// `asUintN` around every step is what lets V8 compute with machine words instead of big integers.
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const times = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a * b);
const rotate = (value: bigint, count: bigint): bigint =>
  BigInt.asUintN(64, (value << count) | (value >> (64n - count)));
const round = (lane: bigint, input: bigint): bigint => times(rotate(wrap(lane + times(input, PRIME_2)), 31n), PRIME_1);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Mixes all whole stripes of `bytes` into the lanes. */
function mixStripes(lanes: BigUint64Array, bytes: Uint8Array): void {
  const view = viewOf(bytes);
  let [a, b, c, d] = lanes as unknown as [bigint, bigint, bigint, bigint];
  for (let at = 0; at + STRIPE_BYTES <= bytes.length; at += STRIPE_BYTES) {
    a = round(a, view.getBigUint64(at, true));
    b = round(b, view.getBigUint64(at + 8, true));
    c = round(c, view.getBigUint64(at + 16, true));
    d = round(d, view.getBigUint64(at + 24, true));
  }
  lanes.set([a, b, c, d]);
}

/** The four lanes as one number. */
function joinLanes(lanes: BigUint64Array): bigint {
  const [a, b, c, d] = lanes as unknown as [bigint, bigint, bigint, bigint];
  let hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
  for (const lane of lanes) hash = wrap(times(hash ^ round(0n, lane), PRIME_1) + PRIME_4);
  return hash;
}

/** Mixes in the bytes after the last whole stripe. */
function mixTail(start: bigint, tail: Uint8Array): bigint {
  const view = viewOf(tail);
  let hash = start;
  let at = 0;
  for (; at + 8 <= tail.length; at += 8) {
    hash = wrap(times(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n), PRIME_1) + PRIME_4);
  }
  if (at + 4 <= tail.length) {
    hash = wrap(times(rotate(hash ^ times(BigInt(view.getUint32(at, true)), PRIME_1), 23n), PRIME_2) + PRIME_3);
    at += 4;
  }
  for (; at < tail.length; at++) {
    hash = times(rotate(hash ^ times(BigInt(tail[at]!), PRIME_5), 11n), PRIME_1);
  }
  return hash;
}

function avalanche(start: bigint): bigint {
  let hash = times(start ^ (start >> 33n), PRIME_2);
  hash = times(hash ^ (hash >> 29n), PRIME_3);
  return hash ^ (hash >> 32n);
}

/** XXH64 with the seed 0, the checksum of zstd frames. */
export function xxh64(): Xxh64 {
  const lanes = BigUint64Array.of(wrap(PRIME_1 + PRIME_2), PRIME_2, 0n, wrap(-PRIME_1));
  const tail = new Uint8Array(STRIPE_BYTES);
  let length = 0;
  return {
    update(bytes) {
      const tailLength = length % STRIPE_BYTES;
      length += bytes.length;
      const head = tailLength === 0 ? 0 : Math.min(bytes.length, STRIPE_BYTES - tailLength);
      tail.set(bytes.subarray(0, head), tailLength);
      if (tailLength + head === STRIPE_BYTES) mixStripes(lanes, tail);
      else if (tailLength > 0) return;
      const rest = bytes.subarray(head);
      mixStripes(lanes, rest);
      tail.set(rest.subarray(rest.length - (rest.length % STRIPE_BYTES)));
    },
    digest() {
      const start = length >= STRIPE_BYTES ? joinLanes(lanes) : PRIME_5;
      return avalanche(mixTail(wrap(start + BigInt(length)), tail.subarray(0, length % STRIPE_BYTES)));
    },
  };
}

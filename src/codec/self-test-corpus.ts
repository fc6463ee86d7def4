/**
 * Lengths of the inputs. zstd chooses its parameters by the length of the input, with steps at 16, 128 and 256 KiB, so
 * each step gets one; and there are the shortest ones.
 */
const LENGTHS: readonly number[] = [1, 3, 300, 9 * 1024, 40 * 1024, 150 * 1024, 300 * 1024];

/** Always the same numbers below `limit` (xorshift, 32 bits). */
function numbers(): (limit: number) => number {
  let state = 0x9e3779b9;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

type Next = (limit: number) => number;
/** Fills `target` from `from` to `to`; what is before `from` is filled already. */
type Pattern = (target: Uint8Array, span: { readonly from: number; readonly to: number }, next: Next) => void;

const noise: Pattern = (target, { from, to }, next) => {
  for (let i = from; i < to; i++) target[i] = next(256);
};

/** Two symbols: match chains longer than any level follows, and ties between matches. */
const coins: Pattern = (target, { from, to }, next) => {
  for (let i = from; i < to; i++) target[i] = 0x61 + next(2);
};

/** Letters with the frequencies of letters, so that matches of 3 to 10 bytes overlap and lazy matching has a choice. */
const words: Pattern = (target, { from, to }, next) => {
  for (let i = from; i < to; i++) target[i] = next(6) === 0 ? 0x20 : 0x61 + Math.min(next(26), next(26), next(26));
};

/** Runs of one byte, short and long. */
const runs: Pattern = (target, { from, to }, next) => {
  for (let i = from; i < to; ) {
    const end = Math.min(to, i + 1 + next(600));
    target.fill(next(256), i, end);
    i = end;
  }
};

/** Fields that count up, as in tables of binaries. */
const records: Pattern = (target, { from, to }, next) => {
  const step = 1 + next(300);
  for (let i = from; i < to; i++) target[i] = (Math.floor((i - from) / 16) * step) >>> ((i % 4) * 8);
};

/** Noise with copies from 1 to 70,000 bytes back, some of them too short to be worth their distance. */
const echoes: Pattern = (target, { from, to }, next) => {
  for (let i = from; i < to; ) {
    const distance = 1 + next([16, 6_000, 33_000, 70_000][next(4)]!);
    const copyEnd = Math.min(to, i + 3 + next(next(3) === 0 ? 400 : 5));
    for (; i < copyEnd; i++) target[i] = distance <= i ? target[i - distance]! : next(256);
    const noiseEnd = Math.min(to, i + next(4));
    for (; i < noiseEnd; i++) target[i] = next(256);
  }
};

const PATTERNS: readonly Pattern[] = [words, echoes, runs, records, noise, coins];

function mixture(length: number, next: Next): Uint8Array {
  const target = new Uint8Array(length);
  for (let from = 0, turn = 0; from < length; turn++) {
    const to = Math.min(length, from + 4_096 + next(12_288));
    PATTERNS[turn % PATTERNS.length]!(target, { from, to }, next);
    from = to;
  }
  return target;
}

/** Inputs on which two versions of libzstd are likely to differ if they differ at all. Always the same. */
export function selfTestCorpus(): readonly Uint8Array[] {
  const next = numbers();
  return LENGTHS.map((length) => mixture(length, next));
}

/** The same numbers below `limit` for the same seed (xorshift, 32 bits). */
export function numbers(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export function noise(length: number, seed = 1): Buffer {
  const next = numbers(seed);
  return Buffer.from(Array.from({ length }, () => next(256)));
}

const WORDS = 'const return import from export function if else for while of in let new class this value name'.split(
  ' ',
);

export function text(length: number, seed = 1): Buffer {
  const next = numbers(seed);
  const lines: string[] = [];
  for (let size = 0; size < length; ) {
    const line = `${Array.from({ length: 1 + next(9) }, () => WORDS[next(next(2) === 0 ? 5 : 18)]).join(' ')}${next(1000)}\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('').slice(0, length));
}

/** Something of `period` bytes over and over. */
export function periodic(length: number, period: number, seed = 1): Buffer {
  return Buffer.alloc(length, noise(period, seed));
}

/** Each byte value, and how often: Fibonacci numbers, so that an unlimited code would be `values` bits deep. */
export function fibonacci(values: number): Buffer {
  const next = numbers(values);
  const bytes: number[] = [];
  for (let value = 0, count = 1, before = 1; value < values; value++, [count, before] = [count + before, count]) {
    for (let left = count; left > 0; left--) bytes.push(value);
  }
  for (let at = bytes.length - 1; at > 0; at--) {
    const other = next(at + 1);
    [bytes[at], bytes[other]] = [bytes[other]!, bytes[at]!];
  }
  return Buffer.from(bytes);
}

/** Copies of `size` bytes of noise, `distance` bytes from one to the next, with other noise between. */
export function copiesAt(distance: number, size: number): Buffer {
  const copy = noise(size, distance);
  const parts = [0, 1, 2].flatMap((turn) => [copy, noise(Math.max(0, distance - size), turn + 7)]);
  return Buffer.concat(parts);
}

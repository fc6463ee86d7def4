/** Shorter runs of printable bytes are mostly chance. */
const STRING_BYTES = 5;

export interface FoundString {
  readonly text: string;
  /** Bytes from the start of what was looked at. */
  readonly at: number;
}

export const isPrintable = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x20 && byte < 0x7f;

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Runs of printable ASCII, as strings(1) finds them. */
export function stringsOf(bytes: Uint8Array): readonly FoundString[] {
  const found: FoundString[] = [];
  let start = -1;
  for (let i = 0; i <= bytes.length; i++) {
    if (isPrintable(bytes[i])) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      if (i - start >= STRING_BYTES) found.push({ text: latin1(bytes.subarray(start, i)), at: start });
      start = -1;
    }
  }
  return found;
}

/** The whole run of printable bytes around some of them, as far as both have one; undefined where they are not printable. */
export function stringAround(
  before: Uint8Array,
  after: Uint8Array,
  range: { readonly start: number; readonly end: number },
): { readonly before: string; readonly after: string } | undefined {
  const both = (at: number): boolean => isPrintable(before[at]) && isPrintable(after[at]);
  let { start, end } = range;
  while (start > 0 && both(start - 1)) start--;
  // One string may end before the other.
  const endOf = (bytes: Uint8Array): number => {
    let at = range.start;
    while (isPrintable(bytes[at])) at++;
    return at;
  };
  const [oldEnd, newEnd] = [endOf(before), endOf(after)];
  end = Math.max(oldEnd, newEnd);
  if (end - start < STRING_BYTES || Math.min(oldEnd, newEnd) < range.start) return undefined;
  if (oldEnd === range.start && newEnd === range.start) return undefined;
  return { before: latin1(before.subarray(start, oldEnd)), after: latin1(after.subarray(start, newEnd)) };
}

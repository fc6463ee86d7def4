/** The slot of a position this far back, or farther, may be that of another one. */
export const MAX_DISTANCE: usize = 0x7fff;

/** How many bytes are the same at both places, at most `most`. Eight bytes after that may be read. */
export function matchLength(before: usize, at: usize, most: i32): i32 {
  let length = 0;
  do {
    const differing = load<u64>(before + length) ^ load<u64>(at + length);
    if (differing !== 0) return min(length + (<i32>ctz(differing) >> 3), most);
    length += 8;
  } while (length < most);
  return most;
}

import { extendCrc, prepareCrc } from './crc64';
import { CHUNK_BYTES, INPUT, INPUT_BYTES, WINDOW } from './layout';
import { decodeSymbols, resetState, setProperties } from './lzma';

/** Decodes the chunks of LZMA2 data, and sums up what a stream of xz is checked by. */

let dictionaryBytes: u32 = 0;
let position: u32 = 0;
let outputStart: u32 = 0;
let needsDictionary = true;
let needsProperties = true;

/** Once, before anything else. */
export function prepare(): void {
  prepareCrc();
}

export function inputAddress(): usize {
  return INPUT;
}

/** Where the last chunk lies unpacked. */
export function outputAddress(): usize {
  return WINDOW + <usize>outputStart;
}

/** Begins with other data. */
export function begin(dictionary: u32): void {
  dictionaryBytes = dictionary;
  position = 0;
  needsDictionary = true;
  needsProperties = true;
}

/** Makes room for a chunk, and keeps as much of what was before as the dictionary has. False where there is no memory. */
function makeRoom(unpacked: u32): bool {
  const limit = dictionaryBytes + 2 * CHUNK_BYTES;
  if (position + unpacked > limit) {
    // Whole sixteens: contexts depend on the lowest bits of positions.
    const passed = (position - dictionaryBytes) & ~15;
    memory.copy(WINDOW, WINDOW + <usize>passed, <usize>(position - passed));
    position -= passed;
  }
  const needed = <i32>((WINDOW + <usize>position + <usize>unpacked + 0xffff) >> 16);
  const missing = needed - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/**
 * Unpacks a chunk, whose data stands at the input's address.
 *
 * @param control its first byte, not 0
 * @param properties of LZMA, where the control byte says that they are there
 * @param packed bytes of its data; for a chunk that is not compressed, of what it holds
 * @returns 0, or 1 where it is damaged, or 2 where there is no memory
 */
export function decode(control: u32, properties: u32, packed: u32, unpacked: u32): u32 {
  if (packed > INPUT_BYTES || unpacked > CHUNK_BYTES) return 1;
  const isCompressed = control >= 0x80;
  if (control >= 0xe0 || control === 1) {
    needsDictionary = false;
    needsProperties = true;
    position = 0;
    store<u8>(WINDOW - 1, 0);
  } else if (needsDictionary) return 1;
  if (!makeRoom(unpacked)) return 2;
  outputStart = position;
  position += unpacked;
  if (!isCompressed) {
    memory.copy(outputAddress(), INPUT, <usize>packed);
    return packed === unpacked ? 0 : 1;
  }
  if (control >= 0xc0) {
    if (!setProperties(properties)) return 1;
    needsProperties = false;
  } else if (needsProperties) return 1;
  if (control >= 0xa0) resetState();
  return decodeSymbols(INPUT, INPUT + <usize>packed, outputStart, position, dictionaryBytes) ? 0 : 1;
}

export function inputLimit(): u32 {
  return INPUT_BYTES;
}

/** The CRC-64 over what stands at the input's address as well. */
export function extendCheck(before: u64, count: usize): u64 {
  return extendCrc(before, INPUT, count);
}

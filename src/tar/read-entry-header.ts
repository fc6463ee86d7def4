import { fail } from '../errors/index.js';
import type { ByteReader } from './byte-reader.js';
import { parseHeader, type RawHeader } from './parse-header.js';
import { checkGlobalRecords, type PaxFacts, paxFactsOf } from './pax-facts.js';
import { parsePaxRecords } from './pax-records.js';
import { checkReach, type Refuse, refuseArchive } from './refusal.js';
import { MAX_META_BYTES } from './tar-member.js';
import { BLOCK_BYTES, paddingOf } from './ustar.js';

/** The header of a member, with what stands before it for what did not fit into it. */
export interface EntryHeader {
  readonly header: RawHeader;
  readonly pax: PaxFacts;
  /** GNU tar's `L`. */
  readonly longName: Uint8Array | undefined;
  /** GNU tar's `K`. */
  readonly longLink: Uint8Array | undefined;
}

const NO_PAX: PaxFacts = { xattrs: new Map() };

/** Before a member: what has been read so far. */
interface Pending {
  pax?: PaxFacts;
  longName?: Uint8Array;
  longLink?: Uint8Array;
}

const isEmpty = (pending: Pending): boolean => Object.keys(pending).length === 0;

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The content of a header that is no member, with a copy of its own. */
async function readMeta(bytes: ByteReader, { size, refuse }: RawHeader): Promise<Uint8Array> {
  if (size > MAX_META_BYTES) {
    throw refuse(`is a header with ${size} bytes; at most ${MAX_META_BYTES} are allowed`, 'archive-limit');
  }
  const length = size + paddingOf(size);
  if (size === 0) throw refuse('is a header with nothing in it');
  const content = await bytes.exactly(length);
  if (content.length < length) throw refuse('is cut off');
  // Python reads PAX records to the end of the block, GNU tar a name to the first NUL, wherever the size ends.
  if (!isZero(content.subarray(size))) throw refuse('is a header that goes on after its end');
  // Not `slice`, which gives a view where the chunk is a Buffer.
  return new Uint8Array(content.subarray(0, size));
}

/** A GNU long name ends with a NUL that does not belong to it. GNU tar itself reads on where it lacks. */
function longNameOf(content: Uint8Array, refuse: Refuse): Uint8Array {
  if (content.at(-1) !== 0) throw refuse('is a long name without a NUL at its end');
  if (content.length === 1) throw refuse('is a header with nothing in it');
  return content.subarray(0, -1);
}

async function addMeta(bytes: ByteReader, header: RawHeader, pending: Pending): Promise<void> {
  const { typeflag, refuse } = header;
  if (header.format === 'v7') throw refuse(`has the unknown type ${JSON.stringify(typeflag)}`);
  const content = await readMeta(bytes, header);
  const { pax } = pending;
  if (typeflag === 'L' || typeflag === 'K') {
    const key = typeflag === 'L' ? 'longName' : 'longLink';
    const isTwice = pending[key] !== undefined || pax?.[typeflag === 'L' ? 'path' : 'linkpath'] !== undefined;
    if (isTwice) throw refuse('names the same thing as the header before it');
    // Some readers take the size to be that of this header.
    if (pax?.size !== undefined) throw refuse('stands between a PAX header with a size and its member');
    pending[key] = longNameOf(content, refuse);
    return;
  }
  if (!isEmpty(pending)) throw refuse('is a PAX header between another header and its member');
  const records = parsePaxRecords(content, refuse);
  if (typeflag === 'g') checkGlobalRecords(records, refuse);
  else pending.pax = paxFactsOf(records, refuse);
}

/** After the first zero block: a second one, and nothing but zeros to the end. */
async function readEnd(bytes: ByteReader, maxBytes: number): Promise<void> {
  const second = await bytes.exactly(BLOCK_BYTES);
  if (second.length < BLOCK_BYTES || !isZero(second)) {
    throw refuseArchive('has a single zero block, which only some readers take for its end,', bytes.position);
  }
  for (;;) {
    const start = bytes.position;
    const piece = await bytes.some(BLOCK_BYTES * 128);
    if (piece === undefined) return;
    if (!isZero(piece)) throw refuseArchive('goes on after its end', start);
    if (bytes.position > maxBytes) {
      const message = `The archive has zeros after its end beyond the limit of ${maxBytes} bytes`;
      throw fail('archive-limit', { message, details: { offset: start } });
    }
  }
}

/**
 * Reads to the next member's header. Undefined at a proper end of the archive, after which the stream holds nothing
 * more. Throws `archive-ambiguous` or `archive-limit`.
 */
export async function readEntryHeader(bytes: ByteReader, maxBytes: number): Promise<EntryHeader | undefined> {
  const pending: Pending = {};
  for (;;) {
    const offset = bytes.position;
    const block = await bytes.exactly(BLOCK_BYTES);
    if (block.length === 0) throw refuseArchive('ends without the two zero blocks that mark its end,', offset);
    if (block.length < BLOCK_BYTES) throw refuseArchive('is cut off in a header', offset);
    if (isZero(block)) {
      if (!isEmpty(pending)) throw refuseArchive('ends after a header that should have a member,', offset);
      await readEnd(bytes, maxBytes);
      return undefined;
    }
    const header = parseHeader(block, offset);
    if (!['x', 'g', 'L', 'K'].includes(header.typeflag)) {
      return { header, pax: pending.pax ?? NO_PAX, longName: pending.longName, longLink: pending.longLink };
    }
    checkReach(bytes.position + header.size, maxBytes, header.refuse);
    await addMeta(bytes, header, pending);
  }
}

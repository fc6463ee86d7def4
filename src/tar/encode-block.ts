import { BLOCK_BYTES, checksumOf, type Field, POSIX_MAGIC, USTAR } from './ustar.js';

/** The fields of a header block. Numbers fit their fields; names may be longer. */
export interface BlockFacts {
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeflag: string;
  readonly link?: Buffer;
  /** Absent: the fields stay NUL, as GNU tar leaves them in a PAX header. */
  readonly device?: readonly [major: number, minor: number];
}

const ZERO = 0x30;

function putOctal(block: Buffer, [start, length]: Field, value: number): void {
  let rest = value;
  for (let at = start + length - 2; at >= start; at--) {
    block[at] = ZERO + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/**
 * One ustar header block: numbers in octal with leading zeros and a NUL at the end, the checksum as six digits, NUL,
 * space. Names of users and the prefix stay empty. A name longer than its field is cut at the field's end.
 */
export function encodeBlock(facts: BlockFacts): Buffer {
  // From the pool of buffers, which is several times faster than memory of its own for each header.
  const block = Buffer.allocUnsafe(BLOCK_BYTES).fill(0);
  facts.name.copy(block, USTAR.name[0], 0, USTAR.name[1]);
  putOctal(block, USTAR.mode, facts.mode);
  putOctal(block, USTAR.uid, facts.uid);
  putOctal(block, USTAR.gid, facts.gid);
  putOctal(block, USTAR.size, facts.size);
  putOctal(block, USTAR.mtime, facts.mtime);
  block.write(facts.typeflag, USTAR.typeflag[0], 'latin1');
  facts.link?.copy(block, USTAR.link[0], 0, USTAR.link[1]);
  block.write(POSIX_MAGIC, USTAR.magic[0], 'latin1');
  if (facts.device !== undefined) {
    putOctal(block, USTAR.deviceMajor, facts.device[0]);
    putOctal(block, USTAR.deviceMinor, facts.device[1]);
  }
  const checksum = checksumOf(block).toString(8).padStart(6, '0');
  block.write(`${checksum}\0 `, USTAR.checksum[0], 'latin1');
  return block;
}

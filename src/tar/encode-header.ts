import { checkMember, refuserForInput } from './check-member.js';
import { encodeBlock } from './encode-block.js';
import { encodePaxRecords, XATTR_PREFIX } from './pax-records.js';
import { MAX_META_BYTES, type TarMember } from './tar-member.js';
import { MAX_LONG_OCTAL, MAX_SHORT_OCTAL, paddingOf, TYPEFLAGS, USTAR } from './ustar.js';

/** The records for what the fields of ustar cannot hold. */
function recordsOf(member: TarMember, name: Buffer, link: Buffer): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  const numbers: readonly (readonly [string, number, number])[] = [
    ['size', member.size, MAX_LONG_OCTAL],
    ['uid', member.uid, MAX_SHORT_OCTAL],
    ['gid', member.gid, MAX_SHORT_OCTAL],
    ['mtime', member.mtime, MAX_LONG_OCTAL],
  ];
  if (name.length > USTAR.name[1] || name.some((byte) => byte > 0x7f)) records.set('path', name);
  if (link.length > USTAR.link[1]) records.set('linkpath', link);
  for (const [key, value, limit] of numbers) if (value > limit) records.set(key, Buffer.from(String(value)));
  for (const [key, value] of member.xattrs ?? []) records.set(`${XATTR_PREFIX}${key}`, value);
  return records;
}

/** The name of a PAX header: `%d/PaxHeaders/%f` of GNU tar, so that `a/b` gives `a/PaxHeaders/b`. */
function paxHeaderName(path: string): Buffer {
  const slash = path.lastIndexOf('/');
  return Buffer.from(`${slash < 0 ? '.' : path.slice(0, slash)}/PaxHeaders/${path.slice(slash + 1)}`);
}

/** The header block of a PAX header, its records, and the padding of its last block. */
function encodePaxHeader(member: TarMember, body: Buffer): Buffer {
  if (body.length > MAX_META_BYTES) {
    throw refuserForInput(member.path)(`has more than ${MAX_META_BYTES} bytes of extended attributes`, 'archive-limit');
  }
  const header = encodeBlock({
    name: paxHeaderName(member.path),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: Math.min(member.mtime, MAX_LONG_OCTAL),
    typeflag: 'x',
  });
  return Buffer.concat([header, body, Buffer.alloc(paddingOf(body.length))]);
}

const zeroBeyond = (limit: number, value: number): number => (value > limit ? 0 : value);

/**
 * The header of a member: one ustar block where everything fits, else a PAX header before it (format 1, "Tar").
 * The bytes are those that GNU tar 1.34 writes with `--format=pax --numeric-owner
 * --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime`, hence:
 * - a path of more than 100 bytes always gets a record, and the prefix field stays empty;
 * - a byte beyond ASCII asks for a record in the path, but not in a link target;
 * - a field that a record overrides holds the first 100 bytes of the name, or 0 for a number;
 * - the PAX header itself has mode 0644, owner 0, no device numbers and the member's time, at most 2^33−1.
 *
 * Records are in the order of their keys. GNU tar has an order of its own (linkpath, path, uid, gid, size, mtime, xattrs),
 * which is the same where a member has no other records than `path` and `linkpath`, or a single one.
 *
 * Throws `input-name` or `input-limit` for names that no archive can hold, RangeError or TypeError for facts that
 * cannot be.
 */
export function encodeHeader(member: TarMember): Uint8Array {
  checkMember(member);
  const name = Buffer.from(member.kind === 'directory' ? `${member.path}/` : member.path);
  const link = Buffer.from(member.linkTarget ?? '');
  const records = recordsOf(member, name, link);
  const isDevice = member.kind === 'character-device' || member.kind === 'block-device';
  const block = encodeBlock({
    name,
    mode: member.mode & 0o7777,
    uid: zeroBeyond(MAX_SHORT_OCTAL, member.uid),
    gid: zeroBeyond(MAX_SHORT_OCTAL, member.gid),
    size: zeroBeyond(MAX_LONG_OCTAL, member.size),
    mtime: zeroBeyond(MAX_LONG_OCTAL, member.mtime),
    typeflag: TYPEFLAGS[member.kind],
    link,
    device: isDevice ? [member.deviceMajor ?? 0, member.deviceMinor ?? 0] : [0, 0],
  });
  return records.size === 0 ? block : Buffer.concat([encodePaxHeader(member, encodePaxRecords(records)), block]);
}

import { readTar } from '../../tar/index.js';
import { collect } from '../../util/index.js';
import { type ArchiveMember, MEMBERS_MAX, MemberNames } from './archive-member.js';
import { latin1 } from './strings-of.js';

/** A header is a block, and stands right before the content (POSIX.1-2017, pax, "ustar Interchange Format"). */
const BLOCK_BYTES = 512;
const MTIME_AT = 136;
const NAMES_AT = { user: 265, group: 297, bytes: 32 };

function textAt(bytes: Uint8Array, at: number): string {
  const field = latin1(bytes.subarray(at, at + NAMES_AT.bytes));
  return field.slice(0, field.search(/\0|$/));
}

/** Members of a tar that is read by all alike; throws a TbuildError for any other. */
export async function readTarMembers(bytes: Uint8Array): Promise<readonly ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  const names = new MemberNames();
  const rules = { maxEntries: MEMBERS_MAX, maxBytes: bytes.length, isLayer: true };
  for await (const member of readTar([bytes], rules)) {
    const { path, kind, mode, uid, gid, mtime, size, linkTarget, xattrs, position } = member;
    const header = position - BLOCK_BYTES;
    const ids = `${uid}:${gid}`;
    const owner = `${ids} (${textAt(bytes, header + NAMES_AT.user)}:${textAt(bytes, header + NAMES_AT.group)})`;
    const stored = bytes.subarray(position, position + size);
    const attributes = [...(xattrs ?? [])].map(([name, value]) => `${name}=0x${Buffer.from(value).toString('hex')}`);
    members.push({
      name: names.next(path),
      facts: {
        kind,
        mode: mode.toString(8).padStart(4, '0'),
        owner,
        link: linkTarget ?? '',
        xattrs: attributes.join(' '),
      },
      mtime,
      mtimeAt: header + MTIME_AT,
      contentAt: position,
      stored,
      content: async () => stored,
    });
    await collect(member.body, size);
  }
  return members;
}

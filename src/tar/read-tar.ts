import type { Bytes, Chunks } from '../util/index.js';
import { buildMember } from './build-member.js';
import { ByteReader } from './byte-reader.js';
import { ClaimedPaths } from './claimed-paths.js';
import { MemberBody } from './member-body.js';
import { readEntryHeader } from './read-entry-header.js';
import { checkReach } from './refusal.js';
import type { TarMember } from './tar-member.js';

export interface TarLimits {
  /** Most members and directories above them, without the headers that only serve the next member. */
  readonly maxEntries: number;
  /** Most bytes of the whole archive. */
  readonly maxBytes: number;
}

export interface TarRules extends TarLimits {
  /**
   * Names and targets of hard links that start with a slash are below the root of the image, as docker, containerd,
   * podman and umoci take them (umoci names the root `/`). Default: these are refused.
   */
  readonly isLayer?: boolean;
}

export interface ReadMember extends TarMember {
  /** Where the content starts in the archive, in bytes. */
  readonly position: number;
  /** The content, to be read at most once and before the next member is asked for, else it is skipped. */
  readonly body: Bytes;
}

/**
 * The members of an archive in their order. Strict: what two common readers understand differently is refused, with
 * the member and its place, and so is what no tool writes on purpose. That leaves ustar, PAX, GNU long names and sizes,
 * and V7, as tar, libarchive, Go, Python and the like write them. Names lose `./` and slashes too many; the root
 * directory itself is not given. Order, parents and whether a hard link's target exists are the caller's.
 *
 * Reads the input to its end, or closes it where it stops before. Memory does not grow with contents.
 *
 * Throws TbuildError: `archive-ambiguous`, `archive-limit`.
 */
export async function* readTar(input: Chunks, rules: TarRules): AsyncGenerator<ReadMember> {
  const bytes = new ByteReader(input);
  const claims = new ClaimedPaths(rules.maxEntries);
  try {
    for (;;) {
      const entry = await readEntryHeader(bytes, rules.maxBytes);
      if (entry === undefined) return;
      const { member, refuse } = buildMember(entry, rules.isLayer === true);
      checkReach(bytes.position + member.size, rules.maxBytes, refuse);
      claims.claim(member, refuse);
      const body = new MemberBody(bytes, member.size, refuse);
      if (member.path !== '') yield { ...member, position: bytes.position, body };
      await body.finish();
    }
  } finally {
    await bytes.close();
  }
}

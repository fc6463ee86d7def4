import { createHash } from 'node:crypto';
import { fail, type TbuildError } from '../errors/index.js';
import { type ReadMember, readTar } from '../tar/index.js';
import type { Bytes } from '../util/index.js';
import { MAX_TAR_BYTES } from './deb-member.js';

const MAX_ENTRIES = 1_000_000;

const invalid = (problem: string): TbuildError => fail('deb-invalid', { message: problem });

/** Devices are made by maintainer scripts, and dpkg knows no PAX headers (deb(5)): capabilities come by scripts as well. */
function checkMember({ path, kind, xattrs }: ReadMember): void {
  if (kind === 'character-device' || kind === 'block-device' || kind === 'fifo') {
    throw invalid(`it holds ${JSON.stringify(path)}, a ${kind.replace('-', ' ')}`);
  }
  const [attribute] = xattrs?.keys() ?? [];
  if (attribute === undefined) return;
  throw invalid(`its ${JSON.stringify(path)} has the extended attribute ${attribute}, which no package can have`);
}

/** The file system archive of a package. Takes the MD5 of every file on the way. */
export class DataArchive {
  readonly #md5OfFiles = new Map<string, string>();
  readonly #listed: ReadonlyMap<string, string> | undefined;

  /** @param listed what the package itself says in its list md5sums */
  constructor(listed: ReadonlyMap<string, string> | undefined) {
    this.#listed = listed;
  }

  get md5OfFiles(): ReadonlyMap<string, string> {
    return this.#md5OfFiles;
  }

  /** @throws TbuildError `deb-invalid`, whose message goes on from "… is not valid: "; `archive-ambiguous`, `archive-limit` */
  async *read(tar: Bytes): AsyncGenerator<ReadMember> {
    for await (const member of readTar(tar, { maxEntries: MAX_ENTRIES, maxBytes: MAX_TAR_BYTES })) {
      checkMember(member);
      if (member.kind === 'file') yield* this.#hashed(member);
      else yield member;
      if (member.kind === 'hardlink') this.#link(member);
    }
    this.#checkListed();
  }

  /** The member, with its content hashed as it is read; what nobody reads is hashed afterwards. */
  async *#hashed(member: ReadMember): AsyncGenerator<ReadMember> {
    const hash = createHash('md5');
    const pieces = member.body[Symbol.asyncIterator]();
    async function* body(): Bytes {
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
        hash.update(next.value);
        yield next.value;
      }
    }
    yield { ...member, body: body() };
    for await (const _ of body());
    this.#md5OfFiles.set(member.path, hash.digest('hex'));
  }

  #link({ path, linkTarget = '' }: ReadMember): void {
    const md5 = this.#md5OfFiles.get(linkTarget);
    if (md5 !== undefined) this.#md5OfFiles.set(path, md5);
  }

  #checkListed(): void {
    for (const [path, expected] of this.#listed ?? []) {
      const found = this.#md5OfFiles.get(path);
      if (found === expected) continue;
      const what = found === undefined ? 'which it does not hold' : `whose content has the MD5 ${found}`;
      throw invalid(`its list md5sums has ${expected} for ${JSON.stringify(path)}, ${what}`);
    }
  }
}

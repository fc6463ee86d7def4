/** One member of an archive of any kind. */
export interface ArchiveMember {
  readonly name: string;
  /** `mode`, `owner`, `kind`, `link`, `extra fields`: what the format has, for people. */
  readonly facts: Readonly<Record<string, string>>;
  /** Seconds since the epoch; undefined where the format has none. */
  readonly mtime: number | undefined;
  /** Where the time is in the archive. */
  readonly mtimeAt: number | undefined;
  /** Where the content is in the archive, if it is there as it is. */
  readonly contentAt: number | undefined;
  /** As stored: equal bytes are equal contents. */
  readonly stored: Uint8Array;
  /** The content; undefined where it cannot be had (encrypted, damaged, in an unknown way). */
  content(): Promise<Uint8Array | undefined>;
}

/** Most members of an archive that is looked into. */
export const MEMBERS_MAX = 100_000;

/** For readers: members of one name are told apart by their number. */
export class MemberNames {
  readonly #seen = new Map<string, number>();

  /** @throws RangeError for too many */
  next(name: string): string {
    const number = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, number);
    if (this.#seen.size > MEMBERS_MAX) throw new RangeError(`more than ${MEMBERS_MAX} members`);
    return number === 1 ? name : `${name} (${number})`;
  }
}

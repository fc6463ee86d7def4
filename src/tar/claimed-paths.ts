import type { Refuse } from './refusal.js';
import type { TarMember } from './tar-member.js';

/**
 * Which paths the members so far have taken. A path named twice, or one that lies below something other than a
 * directory, gives a different tree with each way of extracting (the first wins, the last wins, a symlink is followed).
 */
export class ClaimedPaths {
  /** `implied`: a directory without a member of its own so far. */
  readonly #claims = new Map<string, TarMember['kind'] | 'implied'>();
  readonly #maxEntries: number;

  /** @param maxEntries most paths, with those of implied directories: a short archive can imply very many */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Takes the path of a member, or throws `archive-ambiguous` or `archive-limit`. */
  claim({ path, kind, linkTarget }: TarMember, refuse: Refuse): void {
    const earlier = this.#claims.get(path);
    if (earlier === 'implied' && kind !== 'directory') throw refuse(`is a ${kind}, but earlier members lie below it`);
    if (earlier !== undefined && earlier !== 'implied') throw refuse('has a name that an earlier member has');
    this.#claims.set(path, kind);
    if (earlier === undefined) this.#claimParents(path, refuse);
    if (this.#claims.size > this.#maxEntries) {
      throw refuse(`is beyond the limit of ${this.#maxEntries} members and directories above them`, 'archive-limit');
    }
    if (kind === 'hardlink') this.#checkLinked(linkTarget ?? '', path, refuse);
  }

  #claimParents(path: string, refuse: Refuse): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const claim = this.#claims.get(parent);
      // A known directory has had its own parents claimed already.
      if (claim === 'directory' || claim === 'implied') return;
      if (claim !== undefined) throw refuse(`lies below ${JSON.stringify(parent)}, which is a ${claim}`);
      this.#claims.set(parent, 'implied');
    }
  }

  /** The target may be missing here: whether a lower layer can have it is not for an archive to say. */
  #checkLinked(target: string, path: string, refuse: Refuse): void {
    const claim = this.#claims.get(target);
    if (target === path) throw refuse('is a hard link to itself');
    if (target === '' || claim === 'directory' || claim === 'implied') throw refuse('is a hard link to a directory');
  }
}

import { fail } from '../../errors/index.js';
import type { PlacedContent } from '../../store/index.js';
import type { ReadMember } from '../../tar/index.js';
import { ancestorsOf, type Entry, type FileTree, type Origin, treeOf } from '../../tree/index.js';
import { problemOfName } from '../host-name.js';

/** The tree of an archive under construction. */
export class TreeBuilder {
  readonly #entries = new Map<string, Entry>();
  /** Files in the order of their bodies; hard links to them follow in `#links`. */
  readonly #files: ReadMember[] = [];
  readonly #links: ReadMember[] = [];
  readonly #kinds = new Map<string, ReadMember['kind'] | 'implied'>();
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  #refuse(
    { path }: ReadMember,
    problem: string,
    code: 'archive-ambiguous' | 'input-kind' | 'input-name' = 'archive-ambiguous',
  ) {
    return fail(code, { message: `Member ${JSON.stringify(path)} ${problem}`, details: { member: path } });
  }

  #claim(member: ReadMember): void {
    const { path, kind } = member;
    for (const name of path.split('/')) {
      const problem = problemOfName(name);
      if (problem !== undefined) throw this.#refuse(member, `has a name that ${problem}`, 'input-name');
    }
    const earlier = this.#kinds.get(path);
    if (earlier !== undefined && !(earlier === 'implied' && kind === 'directory')) {
      throw this.#refuse(member, 'has a name that an earlier member has');
    }
    this.#kinds.set(path, kind);
    for (const parent of ancestorsOf(path)) {
      const above = this.#kinds.get(parent);
      if (above === 'directory' || above === 'implied') break;
      if (above !== undefined) throw this.#refuse(member, `lies below ${JSON.stringify(parent)}, which is a ${above}`);
      this.#kinds.set(parent, 'implied');
    }
  }

  #checkLink(member: ReadMember): void {
    const kind = this.#kinds.get(member.linkTarget ?? '');
    if (kind !== undefined && kind !== 'directory' && kind !== 'implied') return;
    const shown = JSON.stringify(member.linkTarget);
    throw this.#refuse(member, `is a hard link to ${shown}, which the archive does not hold before it`);
  }

  /** @returns true where the member has a body to be stored */
  add(member: ReadMember): boolean {
    if (member.kind === 'hardlink') this.#checkLink(member);
    this.#claim(member);
    const { path, kind } = member;
    if (kind === 'file') this.#files.push(member);
    else if (kind === 'hardlink') this.#links.push(member);
    else if (kind === 'directory') this.#entries.set(path, { ...this.#facts(member), kind, claim: 'walked' });
    else if (kind === 'symlink') {
      this.#entries.set(path, { ...this.#facts(member), kind, target: member.linkTarget ?? '' });
    } else throw this.#refuse(member, `is a ${kind.replace('-', ' ')}, which no input may bring`, 'input-kind');
    return kind === 'file';
  }

  #facts({ path, mode, uid, gid, xattrs }: ReadMember) {
    const some = xattrs === undefined || xattrs.size === 0 ? {} : { xattrs };
    return { path, mode, uid, gid, ...some, origin: this.#origin };
  }

  /**
   * @param contents of the members that had a body, in their order
   * @returns the tree, and where the contents of its files begin, in its order
   */
  finish(contents: readonly PlacedContent[]): { readonly tree: FileTree; readonly positions: readonly number[] } {
    const positions = new Map<string, number>();
    this.#files.forEach((member, index) => {
      const { digest, size, position } = contents[index]!;
      positions.set(member.path, position);
      this.#entries.set(member.path, { ...this.#facts(member), kind: 'file', digest, size, open: neverOpened });
    });
    for (const member of this.#links) {
      const target = this.#entries.get(member.linkTarget ?? '')!;
      this.#entries.set(member.path, { ...target, path: member.path });
      positions.set(member.path, positions.get(member.linkTarget ?? '') ?? 0);
    }
    for (const [path, kind] of this.#kinds) {
      if (kind !== 'implied') continue;
      const facts = { path, mode: 0o755, uid: 0, gid: 0, origin: this.#origin };
      this.#entries.set(path, { ...facts, kind: 'directory', claim: 'implied' });
    }
    const tree = treeOf(this.#entries.values());
    const files = tree.entries.filter(({ kind }) => kind === 'file');
    return { tree, positions: files.map(({ path }) => positions.get(path)!) };
  }
}

const neverOpened = (): never => {
  throw new Error('the tree of an archive is opened as it is kept');
};

import { fail, type SourceSpan, TbuildError } from '../errors/index.js';
import type { Digest } from '../oci/index.js';
import type { Content } from '../store/index.js';
import type { ReadMember } from '../tar/index.js';
import {
  ancestorsOf,
  decodeListing,
  type Entry,
  encodeListing,
  type FileTree,
  type Origin,
  treeOf,
} from '../tree/index.js';
import { type Chunks, lazy } from '../util/index.js';
import { problemOfName } from './host-name.js';
import type { ContentContext } from './input-context.js';

/** Something with members that are to become a tree. */
export interface TreeArchive {
  /** Equal keys mean equal members: the digest of the archive, and how it is read. */
  readonly key: string;
  /** Of every entry, which gets its own path as `source`. */
  readonly origin: Origin;
  /** Called for every reading. Bodies are read in their order, each before the next member is asked for. */
  members(): AsyncIterable<ReadMember>;
  readonly at: SourceSpan | undefined;
}

export type ArchiveContext = Pick<ContentContext, 'host' | 'store' | 'step'>;

/** A change of what is kept under a key. */
const LISTING_FORMAT = 1;

/** Failures that are the archive's own. */
const OF_ARCHIVE: ReadonlySet<string> = new Set([
  'archive-ambiguous',
  'archive-limit',
  'compression-invalid',
  'compression-limit',
  'input-kind',
  'input-name',
]);

function explained(error: unknown, { origin, at }: TreeArchive): unknown {
  if (!(error instanceof TbuildError) || !OF_ARCHIVE.has(error.code) || error.at !== undefined) return error;
  const message = `Cannot read ${origin.label}: ${error.message}`;
  return fail(error.code, { message, hint: error.hint, at, details: error.details, cause: error });
}

/** The tree under construction. */
class TreeBuilder {
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

  /** @param contents of the members that had a body, in their order */
  finish(contents: readonly Content[]): FileTree {
    this.#files.forEach((member, index) => {
      const { digest, size } = contents[index]!;
      this.#entries.set(member.path, { ...this.#facts(member), kind: 'file', digest, size, open: neverOpened });
    });
    for (const member of this.#links) {
      const target = this.#entries.get(member.linkTarget ?? '')!;
      this.#entries.set(member.path, { ...target, path: member.path });
    }
    for (const [path, kind] of this.#kinds) {
      if (kind !== 'implied') continue;
      const facts = { path, mode: 0o755, uid: 0, gid: 0, origin: this.#origin };
      this.#entries.set(path, { ...facts, kind: 'directory', claim: 'implied' });
    }
    return treeOf(this.#entries.values());
  }
}

const neverOpened = (): never => {
  throw new Error('the tree of an archive is opened as it is kept');
};

async function unpack(archive: TreeArchive, context: ArchiveContext): Promise<FileTree> {
  const builder = new TreeBuilder({ kind: archive.origin.kind, label: archive.origin.label });
  const work = async (advance: (bytes: number) => void): Promise<FileTree> => {
    async function* bodies(): AsyncGenerator<Chunks> {
      for await (const member of archive.members()) {
        context.host.interruption.throwIfAborted();
        if (!builder.add(member)) continue;
        advance(member.size);
        yield member.body;
      }
    }
    return builder.finish(await context.store.ingestAll(bodies()));
  };
  try {
    return await context.step(`unpack ${archive.origin.label}`, work);
  } catch (error) {
    throw explained(error, archive);
  }
}

/** Gives files their contents: from the store, or by unpacking the archive once more where the store has lost one. */
function openerFor(archive: TreeArchive, context: ArchiveContext) {
  const { store } = context;
  const again = lazy(() => unpack(archive, context));
  async function* unpacked(target: Content): AsyncGenerator<Uint8Array> {
    await again();
    yield* store.chunks(target);
  }
  return ({ digest, size }: { readonly digest: Digest; readonly size: number }): Chunks =>
    store.sizeOf(digest) === size ? store.chunks({ digest, size }) : unpacked({ digest, size });
}

/**
 * The tree of an archive: entries with modes and owners as they stand there, directories that are only implied as 0755 of
 * root; hard links become files of their own. Contents go into the store while it is read the first time; what it lists is
 * kept, so that later it is read again only where a content is asked for that the store has no more.
 *
 * @throws TbuildError `archive-ambiguous` (a path twice, or below something other than a directory; a hard link to
 *   nothing), `input-kind` for devices, `input-name`, and what `members` throws; the archive's own failures with its name
 */
export async function readArchiveTree(archive: TreeArchive, context: ArchiveContext): Promise<FileTree> {
  const { records } = context.store;
  const key = `archive ${LISTING_FORMAT} ${archive.key}`;
  const open = openerFor(archive, context);
  let text = records.read('contents', key);
  if (text === undefined) {
    text = encodeListing(await unpack(archive, context));
    records.write('contents', key, text);
  }
  const tree = decodeListing(text, open);
  return treeOf(tree.entries.map((entry) => ({ ...entry, origin: { ...archive.origin, source: entry.path } })));
}

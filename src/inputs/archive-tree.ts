import { fail, type SourceSpan, TbuildError } from '../errors/index.js';
import { PIECE_BYTES, type PlacedContent } from '../store/index.js';
import { decodeListing, type FileTree, type Origin, treeOf } from '../tree/index.js';
import { type Chunks, lazy } from '../util/index.js';
import type { UnpackedArchive } from './archives/unpack-members.js';
import type { ContentContext } from './input-context.js';
import { nextTurn } from './next-turn.js';

/** Something with members that are to become a tree. */
export interface TreeArchive {
  /** Equal keys mean equal members: the digest of the archive, and how it is read. */
  readonly key: string;
  /** Of every entry, which gets its own path as `source`. */
  readonly origin: Origin;
  /** Takes it apart, as `unpackMembers`. Called again where what it made was lost. */
  unpack(into: string, tick: (bytes: number) => void): Promise<UnpackedArchive>;
  readonly at: SourceSpan | undefined;
}

export interface ArchiveContents {
  readonly tree: FileTree;
  /** See `UnpackedArchive`. */
  readonly facts: string;
}

export type ArchiveContext = Pick<ContentContext, 'host' | 'store' | 'step'>;

/** A change of what is kept under a key. */
const CONTENTS_FORMAT = 2;

/** Under what an archive is kept: the record of what is in it, and its unpacked file. */
export const contentsKey = ({ key }: Pick<TreeArchive, 'key'>): string => `archive ${CONTENTS_FORMAT} ${key}`;

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

/** The text of a record. The listing is a text in itself and follows as it is. */
function encodeContents({ listing, positions, facts }: UnpackedArchive): string {
  return `${JSON.stringify({ positions, facts })}\n${listing}`;
}

function decodeContents(text: string): Pick<UnpackedArchive, 'listing' | 'positions' | 'facts'> {
  const end = text.indexOf('\n');
  const { positions, facts } = JSON.parse(text.slice(0, end)) as { positions: number[]; facts: string };
  return { listing: text.slice(end + 1), positions, facts };
}

/**
 * Unpacks an archive into the cache: its contents as one file, and the record of what is in it.
 *
 * @returns the record's text
 * @throws TbuildError as `readArchiveTree`
 */
export async function unpackArchive(archive: TreeArchive, context: ArchiveContext): Promise<string> {
  const { records, unpacked } = context.store;
  const into = unpacked.temporaryPath();
  try {
    const found = await context.step(`unpack ${archive.origin.label}`, (advance) =>
      archive.unpack(into, (bytes) => {
        context.host.interruption.throwIfAborted();
        advance(bytes);
      }),
    );
    const text = encodeContents(found);
    unpacked.publish(into, contentsKey(archive));
    records.write('contents', contentsKey(archive), text);
    return text;
  } catch (error) {
    throw explained(error, archive);
  } finally {
    unpacked.discard(into);
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof TbuildError && (error.code === 'blob-missing' || error.code === 'blob-mismatch');

/** Gives files their contents: from the unpacked file, which is made once more where it is lost or damaged. */
function openerFor(archive: TreeArchive, path: string, context: ArchiveContext): (target: PlacedContent) => Chunks {
  const { host, store } = context;
  const again = lazy(() => unpackArchive(archive, context));
  /** Nothing is given out before all of it was right: then it is not too late to unpack again. */
  async function* checked(target: PlacedContent): AsyncGenerator<Uint8Array> {
    try {
      for (const _ of store.unpacked.chunks(path, target)) {
        await nextTurn();
        host.interruption.throwIfAborted();
      }
    } catch (error) {
      if (!isLost(error)) throw error;
      await again();
    }
    yield* store.unpacked.chunks(path, target);
  }
  return (target) => {
    if (target.size > PIECE_BYTES) return checked(target);
    try {
      return [...store.unpacked.chunks(path, target)];
    } catch (error) {
      if (!isLost(error)) throw error;
      return checked(target);
    }
  };
}

/**
 * The tree of an archive: entries with modes and owners as they stand there, directories that are only implied as 0755 of
 * root; hard links become files of their own. Contents go into the cache when it is read the first time, together, as one file;
 * what it lists is kept, so that later it is read again only where a content is asked for that the cache has no more.
 *
 * @throws TbuildError `archive-ambiguous` (a path twice, or below something other than a directory; a hard link to
 *   nothing), `input-kind` for devices, `input-name`, and what `unpack` throws; the archive's own failures with its name
 */
export async function readArchiveTree(archive: TreeArchive, context: ArchiveContext): Promise<ArchiveContents> {
  const { records, unpacked } = context.store;
  const key = contentsKey(archive);
  const text = records.read('contents', key) ?? (await unpackArchive(archive, context));
  const { listing, positions, facts } = decodeContents(text);
  const path = unpacked.pathOf(key);
  const open = openerFor(archive, path, context);
  let files = 0;
  const entries = decodeListing(listing, () => []).entries.map((entry) => {
    const origin = { ...archive.origin, source: entry.path };
    if (entry.kind !== 'file') return { ...entry, origin };
    const { digest, size } = entry;
    const position = positions[files++]!;
    return { ...entry, origin, extent: { path, position }, open: () => open({ digest, size, position }) };
  });
  return { tree: treeOf(entries), facts };
}

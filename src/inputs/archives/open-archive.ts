import { decompress, type ReadCodec } from '../../codec/index.js';
import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';
import type { Content, ContentStore } from '../../store/index.js';
import { type ReadMember, readTar } from '../../tar/index.js';
import type { Bytes } from '../../util/index.js';
import { archiveKindOf, describeFile, KIND_BYTES } from './archive-kind.js';
import { readZip } from './read-zip.js';

/** trust.md, "Limits". The bytes are those of a layer. */
const LIMITS = { maxEntries: 1_000_000, maxBytes: 2 ** 40 };
const RATIO_MAX = 1000;

/** An archive in the store. */
export interface StoredArchive {
  readonly content: Content;
  /** For messages: a URL. */
  readonly shown: string;
  readonly at: SourceSpan | undefined;
}

/** The same stream, and what it begins with. */
async function peek(bytes: Bytes): Promise<{ readonly start: Uint8Array; readonly all: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < KIND_BYTES; ) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(new Uint8Array(next.value));
    size += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { start: Buffer.concat(chunks).subarray(0, KIND_BYTES), all: all() };
}

/** Ends a stream of `peek` of which nothing was read: its own end would not be reached. */
async function close(all: Bytes): Promise<void> {
  for await (const _ of all) break;
}

function refuseKind(archive: StoredArchive, start: Uint8Array): TbuildError {
  return fail('input-kind', {
    message: `${JSON.stringify(archive.shown)} is ${describeFile(start)}, which cannot be taken apart`,
    hint: 'Archives are tar, alone or compressed with gzip, zstd or xz, and zip. Without "extract" the file goes into the image as it is.',
    at: archive.at,
  });
}

async function* tarMembers(archive: StoredArchive, codec: ReadCodec, packed: Bytes): AsyncGenerator<ReadMember> {
  const unpacked = decompress(packed, codec, { maxBytes: LIMITS.maxBytes, maxRatio: RATIO_MAX });
  const { start, all } = await peek(unpacked);
  if (archiveKindOf(start) === 'tar') return yield* readTar(all, LIMITS);
  await close(all);
  throw fail('input-kind', {
    message: `${JSON.stringify(archive.shown)} is ${codec} data, and in it is ${describeFile(start)}, which is no tar`,
    at: archive.at,
  });
}

/**
 * The members of an archive: tar, alone or compressed with gzip, zstd or xz, or zip. Its bytes say which, not its name.
 *
 * @throws TbuildError `input-kind` for anything else; `archive-ambiguous`, `archive-limit`, `compression-invalid`,
 *   `compression-limit`, `blob-missing`, `blob-mismatch`
 */
export async function* openArchive(archive: StoredArchive, store: ContentStore): AsyncGenerator<ReadMember> {
  const stream = await store.open({ ...archive.content, mediaType: 'application/octet-stream' });
  const { start, all } = await peek(stream);
  const kind = archiveKindOf(start);
  if (kind !== undefined && kind !== 'zip') return yield* tarMembers(archive, kind === 'tar' ? 'none' : kind, all);
  await close(all);
  const blob = await store.openAt(archive.content);
  try {
    if (kind === undefined) throw refuseKind(archive, start);
    yield* readZip(blob, LIMITS);
  } finally {
    blob.close();
  }
}

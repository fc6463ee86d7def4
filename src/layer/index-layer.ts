import { createHash } from 'node:crypto';
import { fail, TbuildError } from '../errors/index.js';
import { type Descriptor, type DiffId, digestOfHash, layerCompression } from '../oci/index.js';
import { type ReadMember, readTar } from '../tar/index.js';
import { type Entry, type FileEntry, type FileTree, type Origin, treeOf, whiteoutOf } from '../tree/index.js';
import type { Bytes } from '../util/index.js';
import { MAX_ENTRIES, MAX_TAR_BYTES, readLayerTar } from './read-layer-tar.js';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Other names with this prefix are notes of old storage drivers to themselves (OCI image-spec, "Whiteouts"). */
const RESERVED = '.wh..wh.';

export interface LayerToIndex {
  readonly descriptor: Descriptor;
  /** What the image config says; checked against the bytes. */
  readonly diffId: DiffId;
  /** Where the entries shall say that they come from. */
  readonly origin: Origin;
  /** What messages call the image: `the base`, `oci:out:latest`. */
  readonly image: string;
  /** Called with the bytes of tar since the last call. May throw to stop. */
  progress(tarBytes: number): void;
}

const contentsAreElsewhere = (path: string) => (): never => {
  throw new Error(`the content of ${JSON.stringify(path)} stays in its layer`);
};

async function readFile(member: ReadMember, origin: Origin): Promise<FileEntry> {
  const hash = createHash('sha256');
  for await (const chunk of member.body) hash.update(chunk);
  const { path, mode, uid, gid, size } = member;
  const digest = digestOfHash(hash);
  return {
    kind: 'file',
    path,
    mode,
    uid,
    gid,
    ...xattrsOf(member),
    size,
    digest,
    open: contentsAreElsewhere(path),
    origin,
  };
}

function xattrsOf({ xattrs }: ReadMember): { readonly xattrs?: ReadonlyMap<string, Uint8Array> } {
  return xattrs === undefined || xattrs.size === 0 ? {} : { xattrs };
}

function linked(member: ReadMember, entries: ReadonlyMap<string, Entry>): Entry {
  const target = entries.get(member.linkTarget ?? '');
  if (target !== undefined && target.kind !== 'directory' && target.kind !== 'whiteout') {
    return { ...target, path: member.path };
  }
  throw fail('archive-ambiguous', {
    message: `${JSON.stringify(member.path)} is a hard link to ${JSON.stringify(member.linkTarget)}, which the layer does not hold before it`,
  });
}

function whiteout(path: string, name: string, origin: Origin): Entry | undefined {
  const parent = path.slice(0, Math.max(0, path.length - name.length - 1));
  if (name === OPAQUE) return whiteoutOf(parent, true, origin);
  if (name.startsWith(RESERVED)) return undefined;
  const removed = name.slice(WHITEOUT.length);
  if (['', '.', '..'].includes(removed)) {
    throw fail('archive-ambiguous', {
      message: `The whiteout ${JSON.stringify(path)} names nothing that can be removed`,
    });
  }
  return whiteoutOf(parent === '' ? removed : `${parent}/${removed}`, false, origin);
}

async function entryOf(
  member: ReadMember,
  entries: ReadonlyMap<string, Entry>,
  origin: Origin,
): Promise<Entry | undefined> {
  const { path, kind, mode, uid, gid } = member;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith(WHITEOUT)) return whiteout(path, name, origin);
  const facts = { path, mode, uid, gid, ...xattrsOf(member), origin };
  switch (kind) {
    case 'file':
      return readFile(member, origin);
    case 'hardlink':
      return linked(member, entries);
    case 'directory':
      return { ...facts, kind, claim: 'declared' };
    case 'symlink':
      return { ...facts, kind, target: member.linkTarget ?? '' };
    default:
      return { ...facts, kind, deviceMajor: member.deviceMajor ?? 0, deviceMinor: member.deviceMinor ?? 0 };
  }
}

/** An error about the archive, with the layer in front. */
function inLayer(error: unknown, { descriptor, image }: LayerToIndex): unknown {
  if (!(error instanceof TbuildError) || error.code === 'interrupted') return error;
  const message = `Cannot read layer ${descriptor.digest} of ${image}: ${error.message}`;
  return fail(error.code, { message, hint: error.hint, details: error.details, cause: error });
}

/**
 * The tree of a layer blob: every entry with its metadata and, for files, size and digest; contents stay where they are.
 * Hard links become files of their own. Whiteouts stay whiteouts.
 *
 * @param bytes the blob, verified against its descriptor by whoever reads it
 * @throws TbuildError `archive-ambiguous`, `archive-limit`, `compression-invalid`, `compression-limit`; `image-invalid` for
 *   a media type that is no layer; `blob-mismatch` where the tar is not what `diffId` says
 */
export async function indexLayer(bytes: Bytes, layer: LayerToIndex): Promise<FileTree> {
  if (layerCompression(layer.descriptor.mediaType) === undefined) {
    const message = `Layer ${layer.descriptor.digest} of ${layer.image} has the media type ${JSON.stringify(layer.descriptor.mediaType)}, which tbuild cannot read`;
    throw fail('image-invalid', { message });
  }
  const hash = createHash('sha256');
  async function* hashedTar(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readLayerTar(bytes)) {
      hash.update(chunk);
      layer.progress(chunk.length);
      yield chunk;
    }
  }
  const entries = new Map<string, Entry>();
  try {
    const rules = { maxEntries: MAX_ENTRIES, maxBytes: MAX_TAR_BYTES, isLayer: true };
    for await (const member of readTar(hashedTar(), rules)) {
      const entry = await entryOf(member, entries, layer.origin);
      if (entry !== undefined) entries.set(entry.path, entry);
    }
  } catch (error) {
    throw inLayer(error, layer);
  }
  checkDiffId(digestOfHash(hash) as string as DiffId, layer);
  return treeOf(entries.values());
}

function checkDiffId(found: DiffId, { diffId, descriptor, image }: LayerToIndex): void {
  if (found === diffId) return;
  throw fail('blob-mismatch', {
    message: `Layer ${descriptor.digest} of ${image} holds another tar than the image config says`,
    details: { expected: diffId, found },
  });
}

import type { Digest, Json } from '../oci/index.js';
import type { Chunks } from '../util/index.js';
import type { DirectoryClaim, Entry, FileEntry, Origin } from './entry.js';
import { type FileTree, treeOf } from './file-tree.js';

/** Gives a file of a decoded listing its content. */
export type Opener = (file: { readonly path: string; readonly digest: Digest; readonly size: number }) => Chunks;

function encodeEntry(entry: Entry): Json {
  const { path, kind, origin } = entry;
  const shared = { path, kind, origin: origin as unknown as Json };
  if (entry.kind === 'whiteout') return { ...shared, removes: entry.removes, opaque: entry.opaque };
  const xattrs =
    entry.xattrs === undefined || entry.xattrs.size === 0
      ? undefined
      : [...entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const facts = { ...shared, mode: entry.mode, uid: entry.uid, gid: entry.gid, xattrs };
  if (entry.kind === 'file') return { ...facts, size: entry.size, digest: entry.digest };
  if (entry.kind === 'symlink') return { ...facts, target: entry.target };
  if (entry.kind === 'directory') return { ...facts, claim: entry.claim };
  return { ...facts, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor };
}

/** A tree as JSON text, for the cache: everything but the contents. Not canonical: it also holds the origins. */
export function encodeListing(tree: FileTree): string {
  return `[${tree.entries.map((entry) => JSON.stringify(encodeEntry(entry))).join(',\n')}]`;
}

interface EncodedEntry {
  readonly path: string;
  readonly kind: Entry['kind'];
  readonly origin: Origin;
  readonly removes: string;
  readonly opaque: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs?: readonly (readonly [string, string])[];
  readonly size: number;
  readonly digest: Digest;
  readonly target: string;
  readonly claim: DirectoryClaim;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

function decodeEntry(encoded: EncodedEntry, open: Opener): Entry {
  const { path, kind, origin, mode, uid, gid } = encoded;
  if (kind === 'whiteout') return { kind, path, origin, removes: encoded.removes, opaque: encoded.opaque };
  const xattrs = encoded.xattrs?.map(([name, value]): [string, Uint8Array] => [name, Buffer.from(value, 'base64')]);
  const facts = { path, origin, mode, uid, gid, ...(xattrs === undefined ? {} : { xattrs: new Map(xattrs) }) };
  if (kind === 'symlink') return { ...facts, kind, target: encoded.target };
  if (kind === 'directory') return { ...facts, kind, claim: encoded.claim };
  if (kind === 'file') {
    const { size, digest } = encoded;
    const file: FileEntry = { ...facts, kind, size, digest, open: () => open({ path, digest, size }) };
    return file;
  }
  return { ...facts, kind, deviceMajor: encoded.deviceMajor, deviceMinor: encoded.deviceMinor };
}

/** The tree of `encodeListing`'s text. The text must come from a verified record: its shape is not checked again. */
export function decodeListing(text: string, open: Opener): FileTree {
  const encoded = JSON.parse(text) as readonly EncodedEntry[];
  return treeOf(encoded.map((entry) => decodeEntry(entry, open)));
}

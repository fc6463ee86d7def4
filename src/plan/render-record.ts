import { fail } from '../errors/index.js';
import { canonicalJson, type Digest, type Json } from '../oci/index.js';
import type { Entry, FileTree, Origin } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import { type PublishedRecord, RECORD_LIMIT_BYTES } from './published-record.js';

/** What many entries have in common is in the document once: entries have its number. */
class Origins {
  readonly list: Json[] = [];
  readonly #numbers = new Map<string, number>();

  /** The origin without the file behind the entry, which is the entry's own, and without its place in image.yaml. */
  numberOf({ kind, label, package: owner, why }: Origin): number {
    const shared = { kind, label, package: owner && { ...owner }, why };
    const key = canonicalJson(shared);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.list.length);
    return this.list.push(shared) - 1;
  }
}

function xattrsOf(entry: Exclude<Entry, { readonly kind: 'whiteout' }>): Json | undefined {
  if (entry.xattrs === undefined || entry.xattrs.size === 0) return undefined;
  const encoded = [...entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return Object.fromEntries(encoded) as Json;
}

function entryDocument(entry: Entry, origins: Origins): Json {
  const { kind, origin } = entry;
  const shared = { kind, origin: origins.numberOf(origin), source: origin.source };
  if (entry.kind === 'whiteout') return { ...shared, removes: entry.removes, opaque: entry.opaque };
  const { path, mode, uid, gid } = entry;
  const facts = { ...shared, path, mode, uid, gid, xattrs: xattrsOf(entry) };
  switch (entry.kind) {
    case 'file':
      return { ...facts, size: entry.size, digest: entry.digest };
    case 'directory':
      return { ...facts, claim: entry.claim };
    case 'symlink':
      return { ...facts, target: entry.target };
    default:
      return { ...facts, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor };
  }
}

function layerDocuments(listings: ReadonlyMap<Digest, FileTree>, origins: Origins): Json {
  const sorted = [...listings].sort(([a], [b]) => compareUtf8(a, b));
  return Object.fromEntries(
    sorted.map(([digest, { entries }]) => [digest, entries.map((entry) => entryDocument(entry, origins))]),
  );
}

/**
 * The record as canonical JSON: equal records give equal bytes.
 * @throws TbuildError `record-invalid` where it would be larger than anybody reads
 */
export function renderRecord({ image, listings, source }: PublishedRecord): Uint8Array {
  const origins = new Origins();
  const layers = layerDocuments(listings, origins);
  const document = { version: 1, image, layers, origins: origins.list, source };
  const bytes = Buffer.from(canonicalJson(document as unknown as Json));
  if (bytes.length <= RECORD_LIMIT_BYTES) return bytes;
  throw fail('record-invalid', {
    message: `it would have ${bytes.length} bytes, the limit is ${RECORD_LIMIT_BYTES}`,
    details: { bytes: bytes.length, limit: RECORD_LIMIT_BYTES },
  });
}

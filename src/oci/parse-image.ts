import { fail } from '../errors/index.js';
import { type DiffId, isDigest } from './digest.js';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest } from './image-types.js';
import {
  checkTexts,
  expectList,
  expectObject,
  expectString,
  isAbsent,
  type Members,
  member,
  type Place,
  withoutNulls,
  wrong,
} from './json-shape.js';
import { isIndexType, isManifestType, MediaTypes } from './media-types.js';
import { parseStrictJson } from './strict-json.js';

/** What registries and their clients agree on: containerd, oras and regclient read no more of a manifest. */
export const DOCUMENT_LIMIT_BYTES = 4 * 1024 * 1024;
export const CONFIG_LIMIT_BYTES = 8 * 1024 * 1024;
/** Layers of an image: what overlay file systems can mount. */
export const LAYERS_MAX = 127;
/** Indexes that lie in each other, the outermost included. */
export const NESTED_INDEXES_MAX = 2;
const MAX_INDEX_ENTRIES = 1000;
/** More history than layers is usual: steps that only changed the config. */
const MAX_HISTORY = 10_000;

function readJson(bytes: Uint8Array, document: string, limitBytes: number): Place {
  if (bytes.length > limitBytes) {
    throw fail('image-invalid', { message: `${document} has ${bytes.length} bytes, the limit is ${limitBytes}` });
  }
  const place = { document, path: '', value: parseStrictJson(bytes, document) };
  expectObject(place);
  return place;
}

function checkTextIfAny(place: Place): void {
  if (!isAbsent(place) && typeof place.value !== 'string') throw wrong(place, 'a text');
}

function checkPlatform(place: Place): void {
  if (isAbsent(place)) return;
  expectObject(place);
  expectString(member(place, 'os'));
  expectString(member(place, 'architecture'));
  checkTextIfAny(member(place, 'variant'));
}

/** OCI image-spec, "Content Descriptors". Unknown members are kept; `urls` and `data` are never followed or believed. */
function parseDescriptor(place: Place): Descriptor {
  const members = expectObject(place);
  expectString(member(place, 'mediaType'));
  const digest = member(place, 'digest');
  if (!isDigest(digest.value)) throw wrong(digest, 'a sha256 digest');
  const size = member(place, 'size');
  if (typeof size.value !== 'number' || size.value < 0) throw wrong(size, 'a size in bytes');
  checkTextIfAny(member(place, 'artifactType'));
  checkTexts(member(place, 'annotations'));
  checkPlatform(member(place, 'platform'));
  return withoutNulls(members) as unknown as Descriptor;
}

function refuseMember(place: Place, name: string, why: string): void {
  if (member(place, name).value === undefined) return;
  throw fail('image-invalid', {
    message: `${place.document} is not valid: ${why} with a member ${JSON.stringify(name)} can be read in two ways`,
  });
}

function checkSchemaVersion(place: Place): void {
  const version = member(place, 'schemaVersion');
  if (version.value === 2) return;
  if (version.value !== 1) throw wrong(version, '2');
  throw fail('image-invalid', {
    message: `${place.document} is a Docker schema 1 manifest, which is not supported`,
    hint: 'Copy the image with a current tool, for example skopeo copy --format oci.',
  });
}

/** One digest must have one meaning, whatever its descriptor says (CVE-2021-41190). */
function checkMediaType(place: Place, mediaType: string): void {
  const inner = member(place, 'mediaType');
  if (inner.value !== undefined && inner.value !== mediaType) {
    throw wrong(inner, `${JSON.stringify(mediaType)} as its descriptor says`);
  }
}

function annotated<T>(place: Place, more: Members): T {
  checkTexts(member(place, 'annotations'));
  return { ...withoutNulls(expectObject(place)), ...more } as unknown as T;
}

function parseIndex(place: Place, mediaType: string): ImageIndex {
  for (const name of ['layers', 'config', 'fsLayers']) refuseMember(place, name, 'an index');
  const manifests = expectList(member(place, 'manifests'), MAX_INDEX_ENTRIES).map(parseDescriptor);
  return annotated(place, { mediaType, manifests } as unknown as Members);
}

function parseManifest(place: Place, mediaType: string): ImageManifest {
  for (const name of ['manifests', 'fsLayers']) refuseMember(place, name, 'a manifest');
  checkTextIfAny(member(place, 'artifactType'));
  const config = parseDescriptor(member(place, 'config'));
  const layers = expectList(member(place, 'layers'), LAYERS_MAX).map(parseDescriptor);
  return annotated(place, { mediaType, config, layers } as unknown as Members);
}

/**
 * The manifest or index in these bytes: which of the two is for the descriptor to say. Members that are not known
 * are kept, also descriptors of unknown media types.
 *
 * @throws TbuildError `image-invalid`
 */
export function parseManifestDocument(
  bytes: Uint8Array,
  descriptor: Descriptor,
):
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex } {
  const { mediaType, digest } = descriptor;
  const isIndex = isIndexType(mediaType);
  if (!isIndex && !isManifestType(mediaType)) {
    throw fail('image-invalid', {
      message: `${digest} is not an image: its media type is ${JSON.stringify(mediaType)}`,
    });
  }
  const place = readJson(bytes, `${isIndex ? 'Index' : 'Manifest'} ${digest}`, DOCUMENT_LIMIT_BYTES);
  checkSchemaVersion(place);
  checkMediaType(place, mediaType);
  if (!isIndex) return { kind: 'manifest', manifest: parseManifest(place, mediaType) };
  // An index may be empty (image-spec, "Image Index"): so ends a list of what refers to an image that has lost them all.
  return { kind: 'index', index: parseIndex(place, mediaType) };
}

/**
 * `index.json` of an OCI layout. It may be empty, and it may lack the media type.
 * @param shown how messages call the file
 * @throws TbuildError `image-invalid`
 */
export function parseLayoutIndex(bytes: Uint8Array, shown = 'index.json'): ImageIndex {
  const place = readJson(bytes, shown, DOCUMENT_LIMIT_BYTES);
  checkSchemaVersion(place);
  checkMediaType(place, MediaTypes.index);
  const isEmpty = isAbsent(member(place, 'manifests'));
  return parseIndex(isEmpty ? { ...place, value: { ...expectObject(place), manifests: [] } } : place, MediaTypes.index);
}

function checkList(place: Place, maxItems: number, checkItem: (item: Place) => void): void {
  if (!isAbsent(place)) expectList(place, maxItems).forEach(checkItem);
}

function checkText(place: Place): void {
  if (!isAbsent(place) && typeof place.value !== 'string') throw wrong(place, 'a text');
}

function checkRuntimeConfig(place: Place): void {
  if (isAbsent(place)) return;
  expectObject(place);
  for (const name of ['Entrypoint', 'Cmd', 'Env']) {
    checkList(member(place, name), Number.POSITIVE_INFINITY, (item) => {
      if (typeof item.value !== 'string') throw wrong(item, 'a text');
    });
  }
  for (const name of ['User', 'WorkingDir', 'StopSignal']) checkText(member(place, name));
  for (const name of ['ExposedPorts', 'Volumes']) {
    const set = member(place, name);
    if (!isAbsent(set)) expectObject(set);
  }
  checkTexts(member(place, 'Labels'));
}

function checkHistoryEntry(place: Place): void {
  expectObject(place);
  for (const name of ['created', 'created_by']) checkText(member(place, name));
  const empty = member(place, 'empty_layer');
  if (!isAbsent(empty) && typeof empty.value !== 'boolean') throw wrong(empty, 'true or false');
}

/**
 * The config of an image (OCI image-spec, "Image Configuration"). Members that are not known are kept.
 * @throws TbuildError `image-invalid`
 */
export function parseImageConfig(bytes: Uint8Array, descriptor: Descriptor): ImageConfig {
  const place = readJson(bytes, `Config ${descriptor.digest}`, CONFIG_LIMIT_BYTES);
  expectString(member(place, 'os'));
  expectString(member(place, 'architecture'));
  for (const name of ['variant', 'created']) checkText(member(place, name));
  const rootfs = member(place, 'rootfs');
  expectObject(rootfs);
  const type = member(rootfs, 'type');
  if (type.value !== 'layers') throw wrong(type, '"layers"');
  const diffIds = expectList(member(rootfs, 'diff_ids'), LAYERS_MAX).map((item): DiffId => {
    if (!isDigest(item.value)) throw wrong(item, 'a sha256 digest');
    return item.value as string as DiffId;
  });
  checkRuntimeConfig(member(place, 'config'));
  checkList(member(place, 'history'), MAX_HISTORY, checkHistoryEntry);
  return {
    ...withoutNulls(expectObject(place)),
    rootfs: { type: 'layers', diff_ids: diffIds },
  } as unknown as ImageConfig;
}

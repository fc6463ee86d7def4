import { canonicalJson, type Descriptor, type Digest, hexOf, type Json } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';

/** OCI image-spec, "OCI Image Layout": the same names in a directory and in an archive. */
export const LayoutFiles = {
  marker: 'oci-layout',
  index: 'index.json',
  blobs: 'blobs',
} as const;

/** Content of `oci-layout`. */
export const MARKER_TEXT = canonicalJson({ imageLayoutVersion: '1.0.0' });

/** OCI image-spec, "Pre-Defined Annotation Keys": the tag, on an entry of `index.json`. */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** containerd's annotation of the same entry: the whole name of the image. */
export const IMAGE_NAME = 'io.containerd.image.name';

export const layoutBlob = (digest: Digest): string => `${LayoutFiles.blobs}/sha256/${hexOf(digest)}`;

export function refNameOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[REF_NAME];
}

export function imageNameOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[IMAGE_NAME];
}

/** What `index.json` says about an image. An image without a tag gets no annotation. */
export function indexEntry(
  target: Descriptor,
  tag: string | undefined,
  more: Readonly<Record<string, string>> = {},
): Descriptor {
  const { mediaType, digest, size } = target;
  const annotations = tag === undefined ? more : { ...more, [REF_NAME]: tag };
  return Object.keys(annotations).length === 0 ? { mediaType, digest, size } : { mediaType, digest, size, annotations };
}

/** By tag, those without one first; else they keep their order. So what came first does not show. */
export function sortEntries(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...entries].sort((a, b) => compareUtf8(refNameOf(a) ?? '', refNameOf(b) ?? ''));
}

export function encodeJson(value: object | readonly object[]): Uint8Array {
  return Buffer.from(canonicalJson(value as Json));
}

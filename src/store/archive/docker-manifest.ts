import {
  type Descriptor,
  type Digest,
  fullImageName,
  type ImageIndex,
  type ImageManifest,
  isDocumentType,
  isTag,
  type Json,
  MediaTypes,
  tagOfName,
} from '../../oci/index.js';
import { compareUtf8 } from '../../util/index.js';
import { layoutBlob } from '../layout-files.js';

export type ImageDocument =
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

export interface TaggedImage {
  readonly target: Descriptor;
  /** Or whole names. Sorted; empty for an image without any. */
  readonly tags: readonly string[];
}

/** Tags by image, in the order of the first tag; images without a tag come first. */
export function groupTags(tags: ReadonlyMap<string | undefined, Descriptor>): readonly TaggedImage[] {
  const groups = new Map<Digest, { readonly target: Descriptor; readonly tags: string[] }>();
  for (const [tag, target] of [...tags].sort(([a], [b]) => compareUtf8(a ?? '', b ?? ''))) {
    const group = groups.get(target.digest) ?? { target, tags: [] };
    if (tag !== undefined) group.tags.push(tag);
    groups.set(target.digest, group);
  }
  return [...groups.values()];
}

const isImage = ({ config }: ImageManifest): boolean =>
  config.mediaType === MediaTypes.config || config.mediaType === MediaTypes.dockerConfig;

/** The first image in a manifest or, in its order, an index; docker knows one platform per archive. */
function firstImage(target: Descriptor, documents: ReadonlyMap<Digest, ImageDocument>): ImageManifest | undefined {
  const document = documents.get(target.digest);
  if (document?.kind === 'manifest') return isImage(document.manifest) ? document.manifest : undefined;
  for (const entry of document?.index.manifests ?? []) {
    // What says of itself that it is for no machine (attestations) is not what anybody wants to run.
    const isRunnable = entry.platform?.os !== 'unknown';
    const isDocument = isDocumentType(entry.mediaType);
    const found = isRunnable && isDocument ? firstImage(entry, documents) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What docker calls an image that has this name in an archive: a whole name is its own, and a tag is one of the
 * repository. Undefined where there is none.
 */
export function repoTagOf(name: string | undefined, repository: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (isTag(name)) return repository === undefined ? undefined : `${repository}:${name}`;
  if (fullImageName(name) === undefined) return undefined;
  return tagOfName(name) === undefined ? `${name}:latest` : name;
}

/** `manifest.json` as `docker load` wants it (moby image spec v1.2, "Combined Image JSON + Filesystem Changeset Format"). */
export function dockerManifest(
  images: readonly TaggedImage[],
  documents: ReadonlyMap<Digest, ImageDocument>,
  repository: string | undefined,
): readonly Json[] {
  return images.flatMap(({ target, tags }): Json[] => {
    const manifest = firstImage(target, documents);
    if (manifest === undefined) return [];
    const repoTags = tags.map((tag) => repoTagOf(tag, repository)).filter((tag) => tag !== undefined);
    return [
      {
        Config: layoutBlob(manifest.config.digest),
        RepoTags: repoTags.length === 0 ? null : repoTags,
        Layers: manifest.layers.map((layer) => layoutBlob(layer.digest)),
      },
    ];
  });
}

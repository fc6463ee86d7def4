import {
  type Descriptor,
  type Digest,
  type ImageIndex,
  type ImageManifest,
  isIndexType,
  isManifestType,
  type Json,
  MediaTypes,
} from '../../oci/index.js';
import { compareUtf8 } from '../../util/index.js';
import { layoutBlob } from '../layout-files.js';

export type ImageDocument =
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

export interface TaggedImage {
  readonly target: Descriptor;
  /** Sorted; empty for an image without a tag. */
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
    const isDocument = isManifestType(entry.mediaType) || isIndexType(entry.mediaType);
    const found = isRunnable && isDocument ? firstImage(entry, documents) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `manifest.json` as `docker load` wants it (moby image spec v1.2, "Combined Image JSON + Filesystem Changeset Format"). */
export function dockerManifest(
  images: readonly TaggedImage[],
  documents: ReadonlyMap<Digest, ImageDocument>,
  name: string | undefined,
): readonly Json[] {
  return images.flatMap(({ target, tags }): Json[] => {
    const manifest = firstImage(target, documents);
    if (manifest === undefined) return [];
    return [
      {
        Config: layoutBlob(manifest.config.digest),
        RepoTags: name === undefined || tags.length === 0 ? null : tags.map((tag) => `${name}:${tag}`),
        Layers: manifest.layers.map((layer) => layoutBlob(layer.digest)),
      },
    ];
  });
}

/** The name with its registry, as containerd wants it: `app` is `docker.io/library/app`. */
export function fullName(name: string): string {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost';
  if (isRegistry) return name;
  return slash < 0 ? `docker.io/library/${name}` : `docker.io/${name}`;
}

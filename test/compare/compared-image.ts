import type { ComparedImage, PlatformDocuments } from '../../src/compare/index.js';
import type { LayerMember } from '../../src/layer/index.js';
import {
  canonicalJson,
  type Descriptor,
  type DiffId,
  digestOf,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  type Json,
  MediaTypes,
  parsePlatform,
} from '../../src/oci/index.js';
import type { ImageRecord, PlatformRecord } from '../../src/plan/index.js';
import { digestOfTree, type Entry, type FileTree, treeOf } from '../../src/tree/index.js';

export interface LayerSpec {
  /** Absent for a layer of others. */
  readonly name?: string;
  readonly entries: readonly Entry[];
  readonly members?: readonly LayerMember[];
  readonly compression?: string;
}

export interface ImageSpec {
  readonly layers?: readonly LayerSpec[];
  /** How many layers from the bottom are the base's. */
  readonly below?: number;
  readonly base?: PlatformRecord['base'];
  readonly artifacts?: PlatformRecord['artifacts'];
  readonly config?: Partial<ImageConfig>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifest?: object;
  readonly packages?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  /** Members of the index; absent for no index. */
  readonly index?: Partial<ImageIndex>;
}

const digestOfJson = (value: object) => digestOf(canonicalJson(value as Json));

function layerOf({ entries, members, compression = 'gzip' }: LayerSpec) {
  const tree = treeOf(entries);
  const tar = `${digestOfTree(tree)} ${JSON.stringify(members ?? [])}`;
  const digest = digestOf(`${tar} ${compression}`);
  const mediaType = compression === 'zstd' ? MediaTypes.layerZstd : MediaTypes.layerGzip;
  const descriptor: Descriptor = { mediaType, digest, size: compression.length };
  return { tree, members, descriptor, diffId: digestOf(tar) as string as DiffId };
}

/** An image in memory, with the digests that its parts have. */
export function imageOf(spec: ImageSpec): ComparedImage {
  const { layers = [], below = 0, platforms = ['linux/amd64'], index } = spec;
  const built = layers.map(layerOf);
  const trees = new Map<string, FileTree>(built.map(({ descriptor, tree }) => [descriptor.digest, tree]));
  const members = new Map(built.map(({ descriptor, members: known }) => [descriptor.digest, known]));
  const images = platforms.map((name): PlatformDocuments => {
    const platform = parsePlatform(name)!;
    const rootfs = { type: 'layers' as const, diff_ids: built.map(({ diffId }) => diffId) };
    const config: ImageConfig = { ...platform, rootfs, ...spec.config };
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaTypes.manifest,
      config: { mediaType: MediaTypes.config, digest: digestOfJson(config), size: 1 },
      layers: built.map(({ descriptor }) => descriptor),
      ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
      ...spec.manifest,
    } as ImageManifest;
    const descriptor = { mediaType: MediaTypes.manifest, digest: digestOfJson(manifest), size: 1 };
    return { platform, descriptor, manifest, config };
  });
  const list = {
    schemaVersion: 2 as const,
    mediaType: MediaTypes.index,
    manifests: images.map(({ descriptor, platform }) => ({ ...descriptor, platform })),
    ...index,
  };
  const record: ImageRecord = {
    version: 1,
    format: 1,
    digest: index === undefined ? images[0]!.descriptor.digest : digestOfJson(list),
    mediaType: index === undefined ? MediaTypes.manifest : MediaTypes.index,
    platforms: images.map(({ descriptor, config }, i) => ({
      platform: platforms[i]!,
      digest: descriptor.digest,
      base: spec.base ?? null,
      artifacts: spec.artifacts ?? [],
      layers: built.slice(below).map(({ descriptor: { digest }, diffId }, own) => ({
        name: layers[below + own]!.name ?? `${below + own + 1}`,
        key: null,
        digest,
        diffId,
      })),
      config,
      annotations: spec.annotations ?? {},
    })),
  };
  const { packages } = spec;
  return {
    record,
    listingOf: ({ digest }) => trees.get(digest),
    documents: index === undefined ? { images } : { index: list, images },
    membersOf: ({ digest }) => members.get(digest),
    packagesOf: () => (packages === undefined ? undefined : new Map(Object.entries(packages))),
  };
}

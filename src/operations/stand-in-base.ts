import { fail, type TbuildError } from '../errors/index.js';
import type { BaseDeclaration, BuildManifest, PlatformManifest } from '../manifest/index.js';
import { type BlobSource, MediaTypes, renderPlatform } from '../oci/index.js';
import type { PlatformRecord, RecordSource } from '../plan/index.js';
import type { OtherImages, OtherManifest } from './other-images.js';
import type { FoundImage } from './select-image.js';

/** An image that exists, and what its record says of one platform. */
export interface RecordedPlatform {
  readonly image: FoundImage;
  readonly record: PlatformRecord;
}

/** The image as a base, to be read while it is at hand. */
interface StandInOptions {
  readonly blobs: BlobSource;
  readonly platforms: readonly RecordedPlatform[];
  /** What the record says that the image was built from. */
  readonly source: RecordSource;
  /** Hears of every base that is stood in for, with its platform as rendered. */
  onUse(base: string, platform: string): void;
}

/** What lies on the machine that built the image, and is gone; undefined for what can be had again. */
function pathOf(base: BaseDeclaration): string | undefined {
  if (base.kind === 'manifest') return base.path;
  return base.kind === 'image' && base.reference.transport !== 'docker' ? base.text : undefined;
}

function asData(platform: PlatformManifest): PlatformManifest {
  const { base, assertions } = platform;
  const path = pathOf(base);
  const data: PlatformManifest = { ...platform, artifacts: [], assertions: { ...assertions, commands: [] } };
  return path === undefined || base.kind === 'scratch'
    ? data
    : { ...data, base: { kind: 'manifest', path, at: base.at } };
}

/**
 * The manifest without what only its repository has, and without all that runs: no artifact, no asserted command, and every base of
 * that machine is one of `standInBases`.
 */
export function withoutRepository(manifest: BuildManifest): BuildManifest {
  return { ...manifest, forPlatform: (platform) => asData(manifest.forPlatform(platform)) };
}

function invalid(platform: string, what: string): TbuildError {
  return fail('record-invalid', { message: `The record of the image for ${platform} ${what}` });
}

/**
 * What the image was put on: its lower layers, and its own config as that of the base, since writing the same settings over
 * it once more changes nothing. The digest is what the record says.
 */
function lowerPart({ image, record }: RecordedPlatform): FoundImage {
  const { manifest, config, platform } = image;
  const count = manifest.layers.length - record.layers.length;
  if (record.base === null) throw invalid(record.platform, 'names no base, and its image.yaml has one');
  if (count < 0) throw invalid(record.platform, 'has more layers than the image');
  const history = config.history ?? [];
  return {
    descriptor: { mediaType: MediaTypes.manifest, digest: record.base.digest, size: 0 },
    manifest: { ...manifest, layers: manifest.layers.slice(0, count) },
    config: {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: config.rootfs.diff_ids.slice(0, count) },
      history: history.slice(0, Math.max(0, history.length - record.layers.length)),
    },
    platform,
  };
}

/** The bases of `withoutRepository`, taken from the image that is on them. */
export function standInBases(manifest: BuildManifest, options: StandInOptions): OtherImages {
  const { blobs, platforms, source, onUse } = options;
  const onIt = ({ path }: OtherManifest): readonly RecordedPlatform[] =>
    platforms.filter(({ image }) => pathOf(manifest.forPlatform(image.platform).base) === path);
  return {
    async image(other) {
      const found = onIt(other);
      return {
        reference: found[0]?.record.base?.reference ?? other.path,
        blobs,
        // Without one it is no image.yaml that it was put on, and nobody asks.
        source: source.base ?? source,
        platforms: found.map(({ record }) => record.platform),
        forPlatform(platform) {
          const wanted = renderPlatform(platform);
          const recorded = found.find(({ record }) => record.platform === wanted);
          if (recorded === undefined) return undefined;
          onUse(other.path, wanted);
          return lowerPart(recorded);
        },
      };
    },
  };
}

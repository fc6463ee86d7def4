import { basename } from 'node:path';
import { type ImageLock, renderLock } from '../lock/index.js';
import type { RecordSource } from '../plan/index.js';
import type { BuildContext } from './build-context.js';
import type { OtherManifest } from './other-images.js';

/** The lock as the build leaves it; undefined where there is none. */
export function lockAfter({ pins, lock }: BuildContext): ImageLock | undefined {
  if (pins.isFrozen) return lock;
  const { lock: after, isNeeded } = pins.finish();
  return isNeeded ? after : undefined;
}

/** The image.yaml that the image is put on; undefined where its base is none. */
function baseManifest({ file: { manifest } }: BuildContext): OtherManifest | undefined {
  const bases = manifest.platforms.map((platform) => manifest.forPlatform(platform).base);
  return bases.find((base) => base.kind === 'manifest');
}

/** The texts that the build was made from, its base's included. Only after the build, whose pins are in them. */
export async function recordSource(context: BuildContext): Promise<RecordSource> {
  const { file, created, others } = context;
  const lock = lockAfter(context);
  const base = baseManifest(context);
  return {
    file: basename(file.manifest.file),
    manifest: file.text,
    lock: lock === undefined ? null : Buffer.from(renderLock(lock)).toString(),
    base: base === undefined ? null : (await others.image(base)).source,
    created,
  };
}

import { TbuildError } from '../errors/index.js';
import { type FileDigests, openFileDigests } from '../inputs/index.js';
import { lockPathOf, openPins, type PinOptions } from '../lock/index.js';
import type { BuildContext, Workshop } from './build-context.js';
import { readLock } from './lock-file.js';
import type { OtherImages } from './other-images.js';
import type { ManifestFile } from './read-manifest.js';
import { resolveCreated } from './resolve-created.js';

export interface ContextOptions {
  /** Pins to find anew. */
  readonly update?: PinOptions['update'];
  readonly others: OtherImages;
}

/** Everything that the build of one image.yaml has at hand: what the run shares, and what is its own. */
export async function openContext(
  workshop: Workshop,
  file: ManifestFile,
  options: ContextOptions,
): Promise<BuildContext> {
  const { host, store, isFrozen } = workshop;
  const { update = 'none', others } = options;
  const lock = readLock(host, file.manifest.file);
  const pins = openPins({ lock, file: lockPathOf(file.manifest.file), isFrozen, update });
  const created = await resolveCreated(host, file.directory, file.manifest.created);
  const digests = openFileDigests(host, store.records, file.realPath);
  return { ...workshop, file, created, lock, pins, digests, others };
}

/**
 * Keeps what was learned of the inputs for the next run.
 * @param hasFailed the failure to tell is then the one that was there first
 */
export function keepDigests(digests: FileDigests, hasFailed: boolean): void {
  try {
    digests.save();
  } catch (error) {
    if (!hasFailed || !(error instanceof TbuildError)) throw error;
  }
}

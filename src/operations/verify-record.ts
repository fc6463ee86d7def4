import { join } from 'node:path';
import { skipped } from '../assertions/index.js';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { openFileDigests } from '../inputs/index.js';
import { lockPathOf, openPins } from '../lock/index.js';
import type { BuildManifest } from '../manifest/index.js';
import { type RegistryReference, renderReference } from '../oci/index.js';
import { openImageSource } from '../store/index.js';
import { assertImage } from './assertions.js';
import { type BuildContext, type Lent, type Workshop, withStore, withWorkshop } from './build-context.js';
import { openImage } from './build-image.js';
import { cachedSource } from './cached-source.js';
import { assertedName } from './check-commands.js';
import { compareRebuilt } from './compare-rebuilt.js';
import { readable } from './expectation.js';
import { layersOf, lockOf, manifestOf, type RecordedImage, readRecorded } from './recorded-image.js';
import { withRegistries } from './registries.js';
import type { AssertionResult, VerifyRecordRequest, VerifyResult } from './requests.js';
import { standInBases, withoutRepository } from './stand-in-base.js';
import { TakenFromImage } from './take-from-image.js';
import { checked } from './verify.js';

/** The build as the record has it: nothing of this machine comes in, and no lock is written. */
function contextOf(
  recorded: RecordedImage & { readonly manifest: BuildManifest },
  taken: TakenFromImage,
  workshop: Workshop,
): BuildContext {
  const { published, blobs, platforms, manifest } = recorded;
  const { source } = published;
  const { file, created } = source;
  const lock = lockOf(recorded);
  const nowhere = workshop.store.temporaryDirectory();
  return {
    ...workshop,
    file: {
      manifest: withoutRepository(manifest),
      directory: nowhere,
      realPath: join(nowhere, file),
      text: source.manifest,
    },
    created,
    lock,
    pins: openPins({ lock, file: lockPathOf(file), isFrozen: true, update: 'none' }),
    digests: openFileDigests(workshop.host, workshop.store.records, join(nowhere, file)),
    others: standInBases(manifest, {
      blobs,
      platforms,
      source,
      onUse: (base, platform) => taken.add(`base ${base} (${platform})`),
    }),
    taken,
  };
}

/** An image that may be anybody's is not run. */
function commandsOf(manifest: BuildManifest): readonly AssertionResult[] {
  return manifest.platforms.flatMap((platform) =>
    manifest
      .forPlatform(platform)
      .assertions.commands.map((command) =>
        skipped(assertedName(command, platform), 'an image that is verified from its record is not run'),
      ),
  );
}

async function rebuild(
  reference: RegistryReference,
  recorded: RecordedImage,
  workshop: Workshop,
): Promise<VerifyResult> {
  const { root, existing } = recorded;
  const manifest = manifestOf(recorded);
  const taken = new TakenFromImage({ listings: (platform) => layersOf(recorded, platform) });
  const context = contextOf({ ...recorded, manifest }, taken, workshop);
  const { built, close } = await openImage(context, { run: true });
  try {
    const expectation = {
      digest: root.digest,
      against: renderReference(reference),
      read: () => readable(existing, root, { source: recorded.blobs }),
    };
    const comparison = await compareRebuilt(expectation, built, context);
    const assertions = [...(await assertImage(built, context)), ...commandsOf(manifest)];
    return { ...comparison, assertions, taken: taken.taken };
  } finally {
    close();
  }
}

async function verifyPublished(
  host: Host,
  request: VerifyRecordRequest & { readonly reference: RegistryReference },
  lent: Lent,
): Promise<VerifyResult> {
  const { reference } = request;
  const { registries, otherCache } = lent;
  const source = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  const cacheDirectory = join(otherCache.temporaryDirectory(), 'cache');
  try {
    const root = await source.resolve(reference);
    return await withWorkshop(host, { ...request, cacheDirectory, codec: 'pinned', lent }, async (workshop) => {
      const { store, steps } = workshop;
      const blobs = cachedSource(source, { host, caches: [store], keepIn: store, steps });
      return rebuild(reference, await readRecorded(reference, { root, blobs }, workshop), workshop);
    });
  } finally {
    source.close();
  }
}

/**
 * Rebuilds an image of a registry from what the registry has, and compares it byte by byte: its record brings image.yaml and the
 * lock. What is pinned comes from where it is pinned; what only the repository has is taken from the image itself and listed in
 * `taken`. Every byte of the image is read. A record is anybody's: nothing that it brings is run, no secret of this machine is sent for
 * it, and no file of this machine is read. Never repairs anything.
 *
 * @throws TbuildError `usage` for an image that is not in a registry, `record-missing`, `record-invalid`, `blob-mismatch`,
 *   `assertion-failed`, and what building reports, with places in the recorded image.yaml
 */
export async function verifyRecord(host: Host, request: VerifyRecordRequest): Promise<VerifyResult> {
  const { reference } = request;
  if (reference.transport !== 'docker') {
    throw fail('usage', {
      message: `${JSON.stringify(renderReference(reference))} is not in a registry, and only there an image has its record`,
      hint: 'Name an image of a registry, docker://HOST/REPOSITORY:tag, or verify from the repository.',
    });
  }
  const result = await withStore(host, request, (otherCache) =>
    withRegistries(host, request, otherCache, (registries) =>
      verifyPublished(host, { ...request, reference }, { registries, otherCache }),
    ),
  );
  return checked(result);
}

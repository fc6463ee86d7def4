import { join } from 'node:path';
import { type ComparedImage, compareImages } from '../compare/index.js';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type Digest, type Reference, renderReference } from '../oci/index.js';
import type { ImageRecord, LayerRecord } from '../plan/index.js';
import { type ContentStore, openImageSource, type Registries } from '../store/index.js';
import { type BuildContext, type Lent, withBuild, withStore } from './build-context.js';
import { type BuiltImage, placesOfSettings, withImage } from './build-image.js';
import { countingSource } from './counting-source.js';
import { readEveryBlob, readExistingImage } from './existing-image.js';
import { listingsOf, readLastApply } from './history.js';
import { underAnotherPath, underOwnPath } from './other-path.js';
import { type ManifestFile, readManifest } from './read-manifest.js';
import { withRegistries } from './registries.js';
import type { VerifyRequest, VerifyResult } from './requests.js';
import { Steps } from './steps.js';

/** What the rebuilt image must be. The record is absent where only the digest is known. */
interface Expectation {
  readonly digest: Digest;
  readonly against: string;
  compared(found: ImageRecord): Promise<ComparedImage | undefined>;
}

function expectLastApply(store: ContentStore, { realPath, manifest }: ManifestFile): Expectation {
  const record = readLastApply(store, realPath);
  if (record === undefined) {
    throw fail('nothing-to-verify', {
      message: `There is no earlier apply of ${JSON.stringify(manifest.file)} in this cache to compare with`,
      hint: 'Run "tbuild apply" first, or name what to compare with: tbuild verify sha256:… or tbuild verify oci:DIR:TAG.',
    });
  }
  const compared = { record, listingOf: listingsOf(store, realPath) };
  return { digest: record.digest, against: 'the last apply', compared: async () => compared };
}

function expectDigest(digest: Digest, store: ContentStore, { realPath }: ManifestFile): Expectation {
  const record = readLastApply(store, realPath);
  const compared = record?.digest === digest ? { record, listingOf: listingsOf(store, realPath) } : undefined;
  return { digest, against: digest, compared: async () => compared };
}

async function expectImage(
  reference: Reference,
  host: Host,
  options: { readonly store: ContentStore; readonly registries: Registries; readonly steps: Steps },
): Promise<Expectation> {
  const { store, registries, steps } = options;
  const against = renderReference(reference);
  const open = () => openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  const source = open();
  try {
    const root = await source.resolve(reference);
    await steps.run(`read ${against}`, (step) => readEveryBlob(countingSource(source, step, host.interruption), root));
    return {
      digest: root.digest,
      against,
      async compared(found) {
        const again = open();
        try {
          return await readExistingImage(root, found, {
            host,
            source: again,
            records: store.records,
            steps,
            name: against,
          });
        } finally {
          again.close();
        }
      },
    };
  } finally {
    source.close();
  }
}

function expectationOf(
  host: Host,
  request: VerifyRequest,
  known: { readonly store: ContentStore; readonly registries: Registries; readonly file: ManifestFile },
): Expectation | Promise<Expectation> {
  const { expected } = request;
  const { store, registries, file } = known;
  if (expected === undefined) return expectLastApply(store, file);
  if (expected.kind === 'digest') return expectDigest(expected.digest, store, file);
  return expectImage(expected.reference, host, { store, registries, steps: new Steps(request.report) });
}

function builtListings({ platforms }: BuiltImage): (layer: LayerRecord) => ReturnType<ComparedImage['listingOf']> {
  const states = platforms.flatMap((platform) => platform.state.layers);
  return (layer) => states.find((state) => state.key === layer.key && state.digest === layer.digest)?.tree;
}

async function compare(expectation: Expectation, built: BuiltImage, context: BuildContext): Promise<VerifyResult> {
  const { record } = built.image!;
  const { digest: expected, against } = expectation;
  const found = record.digest;
  if (found === expected) return { reproducible: true, expected, found, against, differences: [] };
  const other = await expectation.compared(record);
  const rebuilt = { record, listingOf: builtListings(built), placeOf: placesOfSettings(built, context) };
  const differences = other === undefined ? [] : compareImages(other, rebuilt);
  return { reproducible: false, expected, found, against, differences };
}

async function rebuild(host: Host, request: VerifyRequest, known: Lent & { readonly file: ManifestFile }) {
  const { registries, otherCache, file } = known;
  const expectation = await expectationOf(host, request, { store: otherCache, registries, file });
  const elsewhere = { ...file, directory: underAnotherPath(host, file.directory) };
  const cacheDirectory = join(otherCache.temporaryDirectory(), 'cache');
  const again = {
    ...request,
    file: elsewhere,
    cacheDirectory,
    codec: 'pinned',
    lent: { registries, otherCache },
  } as const;
  try {
    return await withBuild(host, again, (context) =>
      withImage(context, { run: true }, (built) => compare(expectation, built, context)),
    );
  } catch (error) {
    throw underOwnPath(error);
  }
}

/**
 * Rebuilds the image from nothing — an empty cache, the pinned compressors, another directory; time zone, umask and
 * directory order are those of the host given — and compares it byte by byte. Blobs of a base in a registry, which are
 * what their digest says wherever they come from, may come from the cache. Never repairs anything.
 *
 * @throws TbuildError `nothing-to-verify`; `blob-mismatch` where the expected image is damaged
 */
export async function verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult> {
  const file = readManifest(host, request.file);
  return withStore(host, request, (otherCache) =>
    withRegistries(host, request, otherCache, (registries) => rebuild(host, request, { registries, otherCache, file })),
  );
}

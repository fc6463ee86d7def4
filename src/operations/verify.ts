import { join } from 'node:path';
import { type ComparedImage, compareImages } from '../compare/index.js';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type Digest, type Reference, renderReference } from '../oci/index.js';
import type { ImageRecord, LayerRecord } from '../plan/index.js';
import { type ContentStore, openImageSource } from '../store/index.js';
import { type BuildContext, withBuild, withStore } from './build-context.js';
import { type BuiltImage, placesOfSettings, withImage } from './build-image.js';
import { countingSource } from './counting-source.js';
import { readEveryBlob, readExistingImage } from './existing-image.js';
import { listingsOf, readLastApply } from './history.js';
import { underAnotherPath, underOwnPath } from './other-path.js';
import { type ManifestFile, readManifest } from './read-manifest.js';
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
  options: { readonly store: ContentStore; readonly steps: Steps },
): Promise<Expectation> {
  const { store, steps } = options;
  const against = renderReference(reference);
  const open = () => openImageSource(host, reference, host.env.workingDirectory);
  const source = open();
  try {
    const root = await source.resolve(reference);
    await steps.run(`read ${against}`, (step) => readEveryBlob(countingSource(source, step, host), root));
    return {
      digest: root.digest,
      against,
      async compared(found) {
        const again = open();
        try {
          return await readExistingImage(root, found, { host, source: again, records: store.records, steps });
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
  known: { readonly store: ContentStore; readonly file: ManifestFile },
): Expectation | Promise<Expectation> {
  const { expected } = request;
  const { store, file } = known;
  if (expected === undefined) return expectLastApply(store, file);
  if (expected.kind === 'digest') return expectDigest(expected.digest, store, file);
  return expectImage(expected.reference, host, { store, steps: new Steps(request.report) });
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

/**
 * Rebuilds the image from nothing — an empty cache, the pinned compressors, another directory; time zone, umask and
 * directory order are those of the host given — and compares it byte by byte. Never repairs anything.
 *
 * @throws TbuildError `nothing-to-verify`; `blob-mismatch` where the expected image is damaged
 */
export async function verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult> {
  const file = readManifest(host, request.file);
  return withStore(host, request, async (store) => {
    const expectation = await expectationOf(host, request, { store, file });
    const elsewhere = { ...file, directory: underAnotherPath(host, file.directory) };
    const cacheDirectory = join(store.temporaryDirectory(), 'cache');
    const rebuild = { ...request, file: elsewhere, cacheDirectory, codec: 'pinned' } as const;
    try {
      return await withBuild(host, rebuild, (context) =>
        withImage(context, { run: true }, (built) => compare(expectation, built, context)),
      );
    } catch (error) {
      throw underOwnPath(error);
    }
  });
}

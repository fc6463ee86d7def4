import { compressBytes } from '../codec/index.js';
import { fail, TbuildError } from '../errors/index.js';
import {
  type BlobSource,
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  type Json,
  MediaTypes,
  type RegistryReference,
  renderReference,
} from '../oci/index.js';
import { type LayerState, type PublishedRecord, RECORD_TYPE, renderRecord, secretInSource } from '../plan/index.js';
import { copyImage } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import { bytesOf } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import type { KnownImage } from './build-image.js';
import { recordSource } from './record-source.js';
import type { Step } from './steps.js';

/** The image that was pushed, and its own layers. */
interface RecordedBuild {
  readonly image: KnownImage;
  readonly layers: readonly LayerState[];
}

interface Blob {
  readonly target: Descriptor;
  readonly bytes: Uint8Array;
}

/** Media type of the record as it is stored. */
export const PACKED_RECORD_TYPE = `${RECORD_TYPE}+gzip`;
/** Part of what a record is: another level would give other bytes. */
const LEVEL = 6;

function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { target: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** OCI image-spec, "Guidance for an Empty Descriptor". */
const EMPTY = blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}'));

function listingsOf(layers: readonly LayerState[]): PublishedRecord['listings'] {
  const listings = new Map<Digest, FileTree>();
  for (const { digest, tree } of layers) if (digest !== null && tree !== undefined) listings.set(digest, tree);
  return listings;
}

function refuseSecrets(record: PublishedRecord): void {
  const place = secretInSource(record);
  if (place === undefined) return;
  throw fail('record-invalid', {
    message: `line ${place.line} of ${JSON.stringify(place.file)}, which is a part of it, holds a URL with a password or a token`,
  });
}

async function pack(record: PublishedRecord): Promise<Blob> {
  return blobOf(PACKED_RECORD_TYPE, await compressBytes(renderRecord(record), { type: 'gzip', level: LEVEL }));
}

/** OCI image-spec, "Guidelines for Artifact Usage": a manifest that refers to the image. */
function manifestOf(record: Blob, { root }: KnownImage): Blob {
  const { mediaType, digest, size } = root;
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaTypes.manifest,
    artifactType: RECORD_TYPE,
    config: { ...EMPTY.target },
    layers: [{ ...record.target }],
    subject: { mediaType, digest, size },
  };
  return blobOf(MediaTypes.manifest, Buffer.from(canonicalJson(manifest as unknown as Json)));
}

function sourceOf(blobs: readonly Blob[]): BlobSource {
  const byDigest = new Map(blobs.map(({ target, bytes }) => [target.digest, bytes]));
  return { open: async ({ digest }) => bytesOf(byDigest.get(digest)!) };
}

async function push(blobs: readonly Blob[], root: Descriptor, reference: RegistryReference, context: BuildContext) {
  const { host, registries } = context;
  const sink = registries.sink(reference);
  const work = async (step: Step): Promise<void> => {
    try {
      await copyImage(sourceOf(blobs), sink, root, {
        progress(event) {
          host.interruption.throwIfAborted();
          if (event.kind === 'bytes') step.advance(event.count, 0);
        },
      });
      await sink.commit();
    } catch (error) {
      sink.abort();
      throw error;
    }
  };
  await context.steps.run(`attach the record in ${renderReference(reference)}`, work);
}

async function attach(context: BuildContext, { image, layers }: RecordedBuild, reference: RegistryReference) {
  const record = { image: image.record, listings: listingsOf(layers), source: await recordSource(context) };
  refuseSecrets(record);
  const packed = await pack(record);
  const manifest = manifestOf(packed, image);
  await push([EMPTY, packed, manifest], manifest.target, reference, context);
  return manifest.target.digest;
}

/**
 * Attaches the record of a build to its image, which the repository has already: as what refers to it (OCI
 * distribution-spec, "Pushing manifests with subject"). The same build gives the same record, which is sent once.
 *
 * A registry that does not take it, and a record that cannot be published, are a warning: the image is there.
 *
 * @param destination the repository; its tag and digest do not matter
 * @returns the digest of the record's manifest; undefined where it is not there
 */
export async function attachRecord(
  context: BuildContext,
  recorded: RecordedBuild,
  { transport, registry, repository }: RegistryReference,
): Promise<Digest | undefined> {
  const reference = { transport, registry, repository };
  try {
    return await attach(context, recorded, reference);
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
    const message = `The image is in ${JSON.stringify(renderReference(reference))}, but without a record of how it was built: ${error.message}`;
    context.steps.report({ kind: 'warning', message });
    return undefined;
  }
}

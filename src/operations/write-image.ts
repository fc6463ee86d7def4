import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import {
  type BlobSource,
  type Descriptor,
  isDocumentType,
  type Reference,
  renderReference,
  withTag,
} from '../oci/index.js';
import {
  type ContentStore,
  type CopyEvent,
  copyImage,
  openImageSink,
  type Registries,
  type Written,
} from '../store/index.js';
import { type ImageSize, imageSize } from './image-size.js';
import { withDocumentsKept } from './kept-documents.js';
import type { Step, Steps } from './steps.js';

/** An image, and where its blobs are. */
export interface ImageToWrite {
  readonly root: Descriptor;
  readonly blobs: BlobSource;
}

export interface Destination {
  readonly reference: Reference;
  /** All tags that it gets there. None: it can be found by its digest, or is the only one there. */
  readonly tags: readonly string[];
  /** Repository the image is published under, without tag; becomes part of the names in an archive. */
  readonly name: string | undefined;
}

export interface Writing {
  readonly host: Host;
  readonly registries: Registries;
  readonly steps: Steps;
  /** The cache of this run, if it has one: it knows which files need not be read again. */
  readonly store?: Pick<ContentStore, 'seen'> | undefined;
}

/** What moved, and what need not: layers and configs that were there already. */
export interface Moved extends Written {
  readonly blobsThere: number;
}

/** What these write is one file, or one stream, at the end. */
const WHOLE: readonly Reference['transport'][] = ['oci-archive', 'docker-archive', 'docker-daemon'];

/** The references under which the image shall be found. In a registry, one without a tag has a digest. */
function namesOf({ reference, tags }: Destination, { digest }: Descriptor): readonly Reference[] {
  if (tags.length === 0) return [reference.transport === 'docker' ? { ...reference, digest } : reference];
  return tags.map((tag) => ('tag' in reference && reference.tag === tag ? reference : withTag(reference, tag)));
}

/** Follows a transfer as a step, and counts what was there already. */
function follow(step: Step, isWhole: boolean, { host }: Writing) {
  let there = 0;
  return {
    get there() {
      return isWhole ? 0 : there;
    },
    progress(event: CopyEvent): void {
      host.interruption.throwIfAborted();
      if (event.kind === 'bytes') step.advance(event.count, 0);
      if (event.kind === 'found' || event.kind === 'bytes' || isWhole) return;
      const isPresent = event.kind === 'present';
      if (isPresent && !isDocumentType(event.target.mediaType)) there += 1;
      step.advance(isPresent ? event.target.size : 0, 1);
    },
  };
}

async function transfer(image: ImageToWrite, destination: Destination, writing: Writing, step: Step): Promise<Moved> {
  const { host, registries, store } = writing;
  const { reference, name } = destination;
  const { workingDirectory: directory } = host.env;
  const sink = openImageSink(host, reference, { directory, registries, name, seen: store?.seen });
  try {
    const followed = follow(step, WHOLE.includes(reference.transport), writing);
    await copyImage(image.blobs, sink, image.root, { progress: (event) => followed.progress(event) });
    for (const named of namesOf(destination, image.root)) await sink.tag(named, image.root);
    const written = await sink.commit();
    return { ...written, blobsThere: Math.max(0, followed.there - written.blobsMounted) };
  } catch (error) {
    sink.abort();
    throw error;
  }
}

function totalsOf({ bytes, blobs }: ImageSize, { transport }: Reference) {
  return WHOLE.includes(transport)
    ? { totalBytes: bytes }
    : ({ totalBytes: bytes, totalFiles: blobs, unit: 'blob' } as const);
}

/** A digest in a destination says what has to come out: it cannot be chosen. */
function checkDigest({ reference }: Destination, { digest }: Descriptor): void {
  if (reference.transport !== 'docker' || reference.digest === undefined || reference.digest === digest) return;
  throw fail('destination-failed', {
    message: `Cannot write ${JSON.stringify(renderReference(reference))}: the image is another one`,
    hint: 'Leave the digest out, or name the one that the image has.',
    details: { expected: reference.digest, found: digest },
  });
}

/**
 * Copies an image to one destination under all its tags; nothing of it shows there before all of it is there. One step.
 * @throws TbuildError `destination-failed`, and what reading the image and writing to the destination report
 */
export async function writeImage(image: ImageToWrite, destination: Destination, writing: Writing): Promise<Moved> {
  checkDigest(destination, image.root);
  const kept: ImageToWrite = { root: image.root, blobs: withDocumentsKept(image.blobs) };
  const size = await imageSize(kept.blobs, kept.root);
  const { transport } = destination.reference;
  const title = `${transport === 'docker' ? 'push' : 'write'} ${renderReference(destination.reference)}`;
  const work = (step: Step) => transfer(kept, destination, writing, step);
  return writing.steps.run(title, work, totalsOf(size, destination.reference));
}

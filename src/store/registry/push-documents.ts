import { type Descriptor, type Digest, DOCUMENT_LIMIT_BYTES, type RegistryReference } from '../../oci/index.js';
import { readAtMost } from '../documents.js';
import { shownReference } from '../image-errors.js';
import { verifiedStream } from '../verified-stream.js';
import type { Endpoint } from './endpoint.js';
import { digestAt, type Missing, type OutgoingDocument, putManifest } from './push-manifest.js';
import { addReferrer, linkOf } from './referrers-write.js';
import type { BlobUploads, Given } from './upload-blobs.js';

async function* verified({ target, open }: Given): AsyncGenerator<Uint8Array> {
  yield* verifiedStream(await open(), target);
}

/** @throws TbuildError `image-invalid` where it is too large for registries; `blob-mismatch` */
async function read(given: Given): Promise<OutgoingDocument> {
  const { target } = given;
  return { target, bytes: await readAtMost(verified(given), target, DOCUMENT_LIMIT_BYTES) };
}

/** Manifests and indexes on their way to one repository. */
export class DocumentPushes {
  readonly #endpoint: Endpoint;
  readonly #blobs: BlobUploads;
  readonly #given = new Map<Digest, Given>();
  /** Under way: not to be sent as what they themselves lack. */
  readonly #open = new Set<Digest>();
  /** Waits for its tags. */
  #held: OutgoingDocument | undefined;
  /** One after the other: each may need those before. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(endpoint: Endpoint, blobs: BlobUploads) {
    this.#endpoint = endpoint;
    this.#blobs = blobs;
  }

  async has(target: Descriptor): Promise<boolean> {
    const { digest } = target;
    return (await digestAt(this.#endpoint, digest, this.#taskOf(target, digest))) === digest;
  }

  /** Holds the document back, and sends the one that was held back before: the last one is sent under its tags only. */
  async put(given: Given): Promise<void> {
    if (this.#given.has(given.target.digest)) return;
    this.#given.set(given.target.digest, given);
    const document = await read(given);
    const before = this.#held;
    this.#held = document;
    if (before === undefined) return;
    const queue = this.#queue.then(() => this.#pushUnlessThere(before));
    this.#queue = queue;
    await queue;
  }

  /** Sends what was held back, under its tags or else its digest, and puts the other tags. */
  async finish(tags: ReadonlyMap<string, Descriptor>): Promise<void> {
    const held = this.#held;
    const isTagged = [...tags.values()].some(({ digest }) => digest === held?.target.digest);
    if (held !== undefined && !isTagged) await this.#pushUnlessThere(held);
    for (const [tag, { digest }] of tags) {
      await this.#pushUnlessThere(digest === held?.target.digest ? held : await this.#read(digest), tag);
    }
  }

  async #read(digest: Digest): Promise<OutgoingDocument> {
    const given = this.#given.get(digest);
    if (given === undefined) throw new Error(`${digest} has a tag, but was not put`);
    return read(given);
  }

  /** @returns false where it was there */
  async #pushUnlessThere(document: OutgoingDocument, name: string = document.target.digest): Promise<boolean> {
    const { target } = document;
    const found = await digestAt(this.#endpoint, name, this.#taskOf(target, name));
    if (found === target.digest) await this.#announce(document);
    else await this.#push(document, name);
    return found !== target.digest;
  }

  async #push(document: OutgoingDocument, name: string): Promise<void> {
    const { target } = document;
    const repair = (missing: Missing): Promise<boolean> => this.#repair(missing);
    this.#open.add(target.digest);
    const request = { name, task: this.#taskOf(target, name), repair };
    const isAnnounced = await putManifest(this.#endpoint, document, request);
    this.#open.delete(target.digest);
    if (!isAnnounced) await this.#announce(document);
  }

  /** Lets the document be found from what it refers to. That may not have been done though the document is there. */
  async #announce(document: OutgoingDocument): Promise<void> {
    const link = linkOf(document);
    if (link !== undefined) await addReferrer(this.#endpoint, link.subject, link.referrer);
  }

  async #repair(missing: Missing): Promise<boolean> {
    let isRepaired = await this.#blobs.sendAgain(missing);
    for (const given of this.#given.values()) {
      const { digest } = given.target;
      if (this.#open.has(digest) || this.#held?.target.digest === digest) continue;
      if (missing !== 'all' && !missing.has(digest)) continue;
      const document = await read(given);
      if (missing !== 'all') await this.#push(document, digest);
      if (missing !== 'all' || (await this.#pushUnlessThere(document))) isRepaired = true;
    }
    return isRepaired;
  }

  #taskOf({ digest }: Descriptor, name: string): string {
    const { registry, repository } = this.#endpoint.reference;
    const place: RegistryReference = { transport: 'docker', registry, repository };
    return `Cannot push manifest ${digest} to ${shownReference(name === digest ? place : { ...place, tag: name })}`;
  }
}

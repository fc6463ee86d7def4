import type { Clock } from '../../host/index.js';
import type { Descriptor, Digest, RegistryReference } from '../../oci/index.js';
import type { Bytes } from '../../util/index.js';
import { shownReference } from '../image-errors.js';
import type { Written } from '../image-transport.js';
import type { Endpoint } from './endpoint.js';
import { canMount, mountBlob } from './mount.js';
import type { Missing } from './push-manifest.js';
import type { UploadSessions } from './registries.js';
import { openSessionMemory, type SessionMemory } from './session-memory.js';
import { uploadBlob } from './upload-blob.js';
import { isUploaded } from './upload-check.js';
import type { UploadSession } from './upload-session.js';

export interface RegistrySinkOptions {
  /** Upload blobs in pieces of so many bytes; by default only where the registry needs it. */
  readonly chunkBytes?: number | undefined;
  /** Where uploads that did not end are remembered for later processes. */
  readonly sessions?: UploadSessions | undefined;
  /** Tells how old a remembered upload is. */
  readonly clock: Pick<Clock, 'now'>;
}

/** Something that was put. It may have to be sent more than once. */
export interface Given {
  readonly target: Descriptor;
  /** The verified bytes. */
  open(): Promise<Bytes>;
}

/** Blobs on their way to one repository. */
export class BlobUploads {
  readonly #endpoint: Endpoint;
  readonly #chunkBytes: number | undefined;
  readonly #memory: SessionMemory;
  readonly #given = new Map<Digest, Given>();
  readonly #begun = new Map<Digest, Promise<void>>();
  /** Repositories that these credentials may not read: asking for each blob would be as many failed log-ins. */
  readonly #denied = new Set<string>();
  #written: Written = { blobsWritten: 0, bytesWritten: 0, blobsMounted: 0 };

  constructor(endpoint: Endpoint, { chunkBytes, sessions, clock }: RegistrySinkOptions) {
    this.#endpoint = endpoint;
    this.#chunkBytes = chunkBytes;
    this.#memory = openSessionMemory(endpoint, { sessions, clock });
  }

  get written(): Written {
    return this.#written;
  }

  has(target: Descriptor): Promise<boolean> {
    return isUploaded(this.#endpoint, target, this.#taskOf(target));
  }

  /** @param location where in a registry the blob is: the same registry can take it over */
  put(given: Given, location: RegistryReference | undefined): Promise<void> {
    const { digest } = given.target;
    const begun = this.#begun.get(digest) ?? this.#push(given, location);
    this.#given.set(digest, given);
    this.#begun.set(digest, begun);
    return begun;
  }

  /**
   * Sends what the registry lacks though it was put; `all`: all that it does not have.
   * @returns false where that is nothing
   */
  async sendAgain(missing: Missing): Promise<boolean> {
    let isSent = false;
    for (const given of this.#given.values()) {
      const { target } = given;
      if (missing === 'all' ? await this.has(target) : !missing.has(target.digest)) continue;
      await this.#upload(given, undefined);
      isSent = true;
    }
    return isSent;
  }

  async #push(given: Given, location: RegistryReference | undefined): Promise<void> {
    const { target } = given;
    if (await this.has(target)) return this.#memory.forget(target);
    const begun = await this.#mount(target, location);
    if (begun !== 'mounted') return this.#upload(given, begun);
    this.#memory.forget(target);
    this.#count({ blobsMounted: 1 });
  }

  async #mount(
    target: Descriptor,
    from: RegistryReference | undefined,
  ): Promise<'mounted' | UploadSession | undefined> {
    if (!canMount(this.#endpoint, from) || this.#denied.has(from.repository)) return undefined;
    const begun = await mountBlob(this.#endpoint, target, { from, task: this.#taskOf(target) });
    if (begun !== 'denied') return begun;
    this.#denied.add(from.repository);
    return undefined;
  }

  async #upload({ target, open }: Given, begun: UploadSession | undefined): Promise<void> {
    const blob = { target, open, task: this.#taskOf(target) };
    await uploadBlob(this.#endpoint, blob, { chunkBytes: this.#chunkBytes, memory: this.#memory, begun });
    this.#count({ blobsWritten: 1, bytesWritten: target.size });
  }

  #count({ blobsWritten = 0, bytesWritten = 0, blobsMounted = 0 }: Partial<Written>): void {
    const before = this.#written;
    this.#written = {
      blobsWritten: before.blobsWritten + blobsWritten,
      bytesWritten: before.bytesWritten + bytesWritten,
      blobsMounted: before.blobsMounted + blobsMounted,
    };
  }

  #taskOf({ digest }: Descriptor): string {
    return `Cannot push blob ${digest} to ${shownReference(this.#endpoint.reference)}`;
  }
}

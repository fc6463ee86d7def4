import type { CredentialSettings } from '../../credentials/index.js';
import type { NetworkSettings, Traffic } from '../../network/index.js';
import type { Descriptor, Digest, RegistryReference } from '../../oci/index.js';
import type { Bytes } from '../../util/index.js';
import type { ImageSink } from '../image-transport.js';

export interface RegistrySettings {
  readonly network: NetworkSettings;
  readonly credentials: CredentialSettings;
  /** Upload blobs in pieces of so many bytes; by default only where the registry needs it. */
  readonly chunkBytes?: number | undefined;
  /** Hears what registries warn of, and with topic `auth` how credentials were found; never a secret. */
  readonly note?: (topic: 'warning' | 'auth', message: string) => void;
  /** Memory of uploads that did not end, across processes. */
  readonly sessions?: UploadSessions | undefined;
}

/** Texts by key, kept between runs. A `cache-failed` of `write` and `remove` is passed over. */
export interface UploadSessions {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
  remove(key: string): void;
}

/** A manifest or index as the registry has it. */
export interface PulledDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** One repository of one registry: OCI distribution-spec. */
export interface Repository {
  readonly reference: RegistryReference;
  /**
   * What a tag or digest names, without its bytes where the registry tells enough about it.
   * @throws TbuildError `image-missing`, and what every method throws: `server-unavailable`, `server-invalid`, `registry-unauthorised`, `registry-refused`
   */
  resolve(name: string): Promise<Descriptor>;
  /** Undefined where it is not there. Reads the body only where the registry does not tell enough without. Asks no mirror. */
  find(name: string): Promise<Descriptor | undefined>;
  /** @throws TbuildError `image-missing`, `blob-mismatch`, `image-invalid` */
  readDocument(target: Descriptor): Promise<PulledDocument>;
  /** A verified stream, which goes on where a connection broke. @throws TbuildError `blob-missing`, `blob-mismatch` */
  openBlob(target: Descriptor): Promise<Bytes>;
  /** As `openBlob`, but the reader verifies the bytes. @throws TbuildError `blob-missing` */
  openRawBlob(target: Descriptor): Promise<Bytes>;
  hasBlob(target: Descriptor): Promise<boolean>;
  /** All tags, in the order of the registry; each once. */
  tags(): Promise<readonly string[]>;
  /** @throws TbuildError `image-missing`, `registry-refused` (deleting is not allowed) */
  deleteManifest(name: string): Promise<void>;
  /** What refers to a manifest: by the API, or where it is lacking by the tag. Filtered. */
  referrers(subject: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
  /** Takes a manifest that was deleted out of the list of what refers to another, where that list is a tag. */
  removeReferrer(subject: Digest, digest: Digest): Promise<void>;
}

/** The registries of one command: connections, credentials and tokens are shared. */
export interface Registries {
  repository(reference: RegistryReference): Repository;
  /** The repository to write to; without a tag in the reference, `tag` names them. */
  sink(reference: RegistryReference): ImageSink;
  /** True where a certificate vouches for the registry; others want to be told that they may do without. */
  isVouchedFor(reference: RegistryReference): Promise<boolean>;
  /**
   * The same registries for what nobody asked for by name: connections are waited for 3 s and answers for 10 s, and nothing is
   * tried again. They close with these.
   */
  hurried(): Registries;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

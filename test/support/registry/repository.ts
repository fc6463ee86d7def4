import { createHash, randomUUID } from 'node:crypto';

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  readonly document: any;
}

/** A descriptor as the referrers API gives it. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes that are not whole yet. */
export interface UploadSession {
  readonly id: string;
  readonly pieces: Buffer[];
  size: number;
  /** Of the newest Location, and how many bytes there were when it was given out. */
  state: string;
  stateSize: number;
  /** A piece came that only the last may be: too small. */
  isEnding: boolean;
}

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) ?? {};
  } catch {
    return {};
  }
}

/** What one repository of a test registry holds, to be read and changed by tests. */
export class TestRepository {
  readonly name: string;
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, StoredManifest>();
  /** Tag to digest. */
  readonly tags = new Map<string, string>();
  readonly sessions = new Map<string, UploadSession>();

  constructor(name: string) {
    this.name = name;
  }

  putBlob(bytes: Uint8Array | string, digest?: string): string {
    const buffer = Buffer.from(bytes as Uint8Array);
    const key = digest ?? digestOf(buffer);
    this.blobs.set(key, buffer);
    return key;
  }

  /** Without any check, and under every name: `digest` may lie. A value is written as JSON. */
  putManifest(
    content: Uint8Array | object,
    options: { mediaType?: string; tag?: string; digest?: string } = {},
  ): string {
    const bytes = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
    // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
    const document = parsed(bytes) as any;
    const digest = options.digest ?? digestOf(bytes);
    const mediaType = options.mediaType ?? document.mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
    this.manifests.set(digest, { bytes, mediaType, document });
    if (options.tag !== undefined) this.tags.set(options.tag, digest);
    return digest;
  }

  /** By tag or digest. */
  manifest(name: string): StoredManifest | undefined {
    return this.manifests.get(name.includes(':') ? name : (this.tags.get(name) ?? ''));
  }

  forgetBlob(digest: string): void {
    this.blobs.delete(digest);
  }

  deleteManifest(digest: string): boolean {
    for (const [tag, target] of this.tags) if (target === digest) this.tags.delete(tag);
    return this.manifests.delete(digest);
  }

  startUpload(): UploadSession {
    const session = { id: randomUUID(), pieces: [], size: 0, state: randomUUID(), stateSize: 0, isEnding: false };
    this.sessions.set(session.id, session);
    return session;
  }

  referrers(subject: string): readonly Referrer[] {
    return [...this.manifests]
      .filter(([, { document }]) => document.subject?.digest === subject)
      .map(([digest, { bytes, mediaType, document }]) => {
        const artifactType = document.artifactType ?? document.config?.mediaType;
        return {
          mediaType,
          digest,
          size: bytes.length,
          ...(artifactType === undefined ? {} : { artifactType }),
          ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
        };
      });
  }
}

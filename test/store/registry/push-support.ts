import type { Host } from '../../../src/host/index.js';
import { nodeHttp } from '../../../src/host/node/http.js';
import type { Traffic } from '../../../src/network/index.js';
import {
  type BlobSource,
  type Descriptor,
  type Digest,
  parseRegistryReference,
  type RegistryReference,
} from '../../../src/oci/index.js';
import { copyImage } from '../../../src/store/copy-image.js';
import type { ImageSink, Written } from '../../../src/store/image-transport.js';
import { openContext } from '../../../src/store/registry/context.js';
import { type Endpoint, openEndpoint } from '../../../src/store/registry/endpoint.js';
import type { UploadSessions } from '../../../src/store/registry/registries.js';
import { openRegistrySink } from '../../../src/store/registry/sink.js';
import type { Bytes } from '../../../src/util/index.js';
import type { TestImage } from '../../support/registry/images.js';
import { hostWith } from '../support.js';

export interface PushOptions {
  readonly chunkBytes?: number;
  readonly sessions?: UploadSessions;
  readonly host?: Host;
  readonly timeoutMs?: number;
  readonly certificateDirectory?: string | undefined;
  readonly user?: { readonly name: string; readonly password: string } | undefined;
  /** Every blob is said to be there as well: `a/base`. */
  readonly from?: string;
  readonly note?: (topic: string, message: string) => void;
}

export interface Pushing {
  readonly endpoint: Endpoint;
  readonly sink: ImageSink;
  readonly reference: RegistryReference;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

/** A host that does not wait: `waits` are what it was asked to wait, in milliseconds. */
export function hurriedHost(changes: Parameters<typeof hostWith>[0] = {}): Host & { readonly waits: number[] } {
  const waits: number[] = [];
  const sleep: Host['clock']['sleep'] = async (milliseconds, interruption) => {
    waits.push(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
    interruption.throwIfAborted();
  };
  return { ...hostWith({ ...changes, clock: { ...changes.clock, sleep } }), waits };
}

/** Sessions as a store keeps them: several processes may share one. */
export function sessionsInMemory(): UploadSessions & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    read: (key) => texts.get(key),
    write: (key, text) => void texts.set(key, text),
    remove: (key) => void texts.delete(key),
  };
}

function withUser(base: Host, registry: string, user: PushOptions['user']): Host {
  const variables: Readonly<Record<string, string | undefined>> = {
    TBUILD_REGISTRY: registry,
    TBUILD_USERNAME: user?.name,
    TBUILD_PASSWORD: user?.password,
  };
  const variable = (name: string): string | undefined => {
    if (name in variables) return user === undefined ? undefined : variables[name];
    return base.env.variable(name);
  };
  return { ...base, env: { ...base.env, variable } };
}

/** A process that pushes: what it learns of the registry it learns anew. */
export function startPushing(name: string, options: PushOptions = {}): Pushing {
  const reference = parseRegistryReference(name);
  // Connections of its own, since it closes them.
  const base = { ...(options.host ?? hurriedHost()), http: nodeHttp() };
  const own = withUser(base, reference.registry, options.user);
  const { certificateDirectory, timeoutMs, chunkBytes, sessions, note } = options;
  const context = openContext(own, {
    network: { insecure: [], certificateDirectory, timeoutMs },
    credentials: { authFile: '/nowhere/auth.json' },
    ...(note && { note }),
  });
  const { registry, repository } = reference;
  const endpoint = openEndpoint({ transport: 'docker', registry, repository }, context);
  return {
    endpoint,
    reference,
    sink: openRegistrySink(endpoint, { chunkBytes, sessions, clock: own.clock }),
    get traffic() {
      return context.network().traffic;
    },
    close: () => context.close(),
  };
}

/** Chunks of an awkward size that share one buffer, as those of files do. */
async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(40_961);
  for (let start = 0; start < bytes.length; start += buffer.length) {
    const part = bytes.subarray(start, start + buffer.length);
    buffer.set(part);
    yield buffer.subarray(0, part.length);
    buffer.fill(0xff);
  }
}

export const streamOf = (bytes: Uint8Array) => async (): Promise<Bytes> => inChunks(bytes);

export function sourceOf(image: TestImage, from?: RegistryReference): BlobSource {
  return {
    async open({ digest }) {
      const bytes = image.documents.get(digest)?.bytes ?? image.blobs.get(digest);
      if (bytes === undefined) throw new Error(`no ${digest}`);
      return inChunks(bytes);
    },
    ...(from && { locate: () => from }),
  };
}

export const descriptorOf = (image: TestImage): Descriptor => image.descriptor as Descriptor;

export const blobOf = (bytes: Uint8Array, digest: string): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest: digest as Digest,
  size: bytes.length,
});

/** Pushes an image under the tags of the names, which differ in nothing else. */
export async function pushImage(
  image: TestImage,
  names: string | readonly string[],
  options: PushOptions = {},
): Promise<Written & { readonly traffic: Traffic }> {
  const [first, ...others] = [names].flat() as readonly string[];
  const pushing = startPushing(first!, options);
  const { registry } = pushing.reference;
  const from = options.from === undefined ? undefined : parseRegistryReference(`${registry}/${options.from}`);
  try {
    await copyImage(sourceOf(image, from), pushing.sink, descriptorOf(image));
    for (const name of [first!, ...others]) await pushing.sink.tag(parseRegistryReference(name), descriptorOf(image));
    return { ...(await pushing.sink.commit()), traffic: pushing.traffic };
  } catch (error) {
    pushing.sink.abort();
    throw error;
  } finally {
    await pushing.close();
  }
}

/** Puts one blob. */
export async function pushBlob(name: string, bytes: Uint8Array, digest: string, options: PushOptions = {}) {
  const pushing = startPushing(name, options);
  try {
    await pushing.sink.put(blobOf(bytes, digest), streamOf(bytes));
    return { ...(await pushing.sink.commit()), traffic: pushing.traffic };
  } finally {
    await pushing.close();
  }
}

import { gzipSync } from 'node:zlib';
import { createNodeHost, type Host } from '../../src/host/index.js';
import {
  type BlobSource,
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  type Json,
  MediaTypes,
  type Platform,
} from '../../src/oci/index.js';
import type { Surroundings } from '../../src/store/index.js';
import { writeTar } from '../../src/tar/index.js';
import { bytesOf, collect } from '../../src/util/index.js';

export const host = createNodeHost();

/** The host with some ports replaced. */
export function hostWith(changes: { [Port in keyof Host]?: Partial<Host[Port]> }): Host {
  const changed = Object.entries(changes).map(([name, port]) => [name, { ...host[name as keyof Host], ...port }]);
  return { ...host, ...Object.fromEntries(changed) };
}

/** What references mean in a directory, where no registry is asked. */
export function surroundingsOf(directory: string): Surroundings {
  const never = (): never => {
    throw new Error('a registry was asked');
  };
  const traffic = { requests: 0, sentBytes: 0, receivedBytes: 0 };
  return {
    directory,
    registries: {
      repository: never,
      sink: never,
      isVouchedFor: never,
      hurried: never,
      traffic,
      close: async () => undefined,
    },
  };
}

/** Blobs in memory. */
export interface Blobs extends BlobSource {
  readonly map: Map<Digest, Uint8Array>;
  add(bytes: Uint8Array, mediaType?: string): Descriptor;
  addJson(value: object, mediaType: string): Descriptor;
}

export function blobsInMemory(): Blobs {
  const map = new Map<Digest, Uint8Array>();
  const add = (bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor => {
    const digest = digestOf(bytes);
    map.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  return {
    map,
    add,
    addJson: (value, mediaType) => add(Buffer.from(canonicalJson(value as Json)), mediaType),
    async open({ digest }) {
      const bytes = map.get(digest);
      if (bytes === undefined) throw new Error(`no ${digest}`);
      return bytesOf(bytes);
    },
  };
}

/** An image that runtimes accept: one gzip layer that holds one file. */
export async function addImage(
  blobs: Blobs,
  text: string,
  platform: Platform = { os: 'linux', architecture: 'amd64' },
) {
  const content = Buffer.from(text);
  const facts = { uid: 0, gid: 0, mtime: 0, mode: 0o644 };
  const tar = await collect(
    writeTar([{ member: { ...facts, path: 'file', kind: 'file', size: content.length }, open: () => [content] }]),
    1e9,
  );
  const layer = blobs.add(gzipSync(tar), MediaTypes.layerGzip);
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const config = blobs.addJson({ ...platform, config: { Cmd: ['/file'] }, rootfs }, MediaTypes.config);
  const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers: [layer] };
  return { manifest: blobs.addJson(document, MediaTypes.manifest), config, layer };
}

export async function addIndex(blobs: Blobs): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const platform = { os: 'linux', architecture };
    manifests.push({ ...(await addImage(blobs, architecture, platform)).manifest, platform });
  }
  return blobs.addJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests }, MediaTypes.index);
}

/** True where permissions do not count. */
export const isSuperuser = process.getuid?.() === 0;

export { failureOf as errorOf } from '../support/failure-of.js';

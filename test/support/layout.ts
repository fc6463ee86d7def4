import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface LayoutImage {
  readonly digest: string;
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  readonly manifest: any;
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  readonly config: any;
  /** The tar of each layer, from the bottom. */
  readonly layers: readonly Buffer[];
}

/** A blob of an OCI layout, checked by its name. */
function readBlob(layout: string, digest: string): Buffer {
  const [algorithm, hex] = digest.split(':');
  const bytes = readFileSync(join(layout, 'blobs', algorithm!, hex!));
  const found = createHash(algorithm!).update(bytes).digest('hex');
  if (found !== hex) throw new Error(`${layout} has other bytes under ${digest}`);
  return bytes;
}

/** Reads an image out of an OCI layout, with nothing of tbuild: a tag of it, and there an architecture. */
export function readLayout(layout: string, tag: string, architecture = 'amd64'): LayoutImage {
  const json = (digest: string) => JSON.parse(readBlob(layout, digest).toString());
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const name = 'org.opencontainers.image.ref.name';
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  let { digest } = manifests.find((descriptor: any) => descriptor.annotations?.[name] === tag);
  let manifest = json(digest);
  if (manifest.manifests !== undefined) {
    // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
    digest = manifest.manifests.find((item: any) => item.platform.architecture === architecture).digest;
    manifest = json(digest);
  }
  const config = json(manifest.config.digest);
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  const layers = manifest.layers.map((layer: any) => {
    const bytes = readBlob(layout, layer.digest);
    return layer.mediaType.endsWith('+gzip') ? gunzipSync(bytes) : bytes;
  });
  return { digest, manifest, config, layers };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarMember, writeTar } from '../../../src/tar/index.js';
import { noise } from '../awkward-source.js';
import { digestOf, type TestRepository } from './repository.js';

/** An image, index or artifact as bytes. */
export interface TestImage {
  /** Of the root. */
  readonly digest: string;
  readonly mediaType: string;
  /** Manifests and indexes by digest, what others name before them. */
  readonly documents: ReadonlyMap<string, TestDocument>;
  /** Configs and layers by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Descriptor of the root. */
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  /** Of everything. */
  readonly totalBytes: number;
}

export interface TestDocument {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface ImageOptions {
  /** About how many bytes each layer has; whole blocks of 512. Default: one of 20 kB, one of 30 kB. */
  readonly layerBytes?: readonly number[];
  /** Layers as they are, instead: uncompressed archives. */
  readonly layers?: readonly Buffer[];
  /** Another seed is another image. */
  readonly seed?: number;
  readonly architecture?: string;
  readonly family?: 'oci' | 'docker';
  readonly gzip?: boolean;
  /** `config` of the image's config: Cmd, Env… */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What the image refers to. */
  readonly subject?: TestImage['descriptor'];
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const TYPES = {
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    tar: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    tar: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Files by path, of mode 0755, and links as `{link}`; the directories above them are added. */
export async function layerOf(
  files: Readonly<Record<string, Uint8Array | string | { link: string }>>,
): Promise<Buffer> {
  const facts = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
  const members = new Map<string, { member: TarMember; open?: () => Uint8Array[] }>();
  for (const [path, content] of Object.entries(files)) {
    const names = path.split('/');
    for (let depth = 1; depth < names.length; depth++) {
      const directory = names.slice(0, depth).join('/');
      members.set(directory, { member: { ...facts, path: directory, kind: 'directory' } });
    }
    if (typeof content === 'object' && 'link' in content) {
      members.set(path, { member: { ...facts, path, kind: 'symlink', mode: 0o777, linkTarget: content.link } });
    } else {
      const bytes = Buffer.from(content as Uint8Array);
      members.set(path, { member: { ...facts, path, kind: 'file', size: bytes.length }, open: () => [bytes] });
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(members.values())) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** Noise in a layer of its own, as large as asked for. */
function noiseLayer(bytes: number, seed: number): Promise<Buffer> {
  const overhead = 2 * 512 + 1024;
  return layerOf({ [`noise/${seed}`]: noise(Math.max(0, bytes - overhead), seed) });
}

function assemble(root: TestDocument, parts: readonly TestImage[], blobs: ReadonlyMap<string, Buffer>): TestImage {
  const documents = new Map(parts.flatMap((part) => [...part.documents]));
  const digest = digestOf(root.bytes);
  documents.set(digest, root);
  const all = new Map([...parts.flatMap((part) => [...part.blobs]), ...blobs]);
  const sizes = [
    ...[...documents.values()].map(({ bytes }) => bytes.length),
    ...[...all.values()].map((blob) => blob.length),
  ];
  return {
    digest,
    mediaType: root.mediaType,
    documents,
    blobs: all,
    descriptor: { mediaType: root.mediaType, digest, size: root.bytes.length },
    totalBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** An image that differs with its options only. */
export async function makeImage(options: ImageOptions = {}): Promise<TestImage> {
  const { layerBytes = [20_000, 30_000], seed = 1, architecture = 'amd64', family = 'oci', gzip = false } = options;
  const types = TYPES[family];
  const tars =
    options.layers ?? (await Promise.all(layerBytes.map((bytes, at) => noiseLayer(bytes, seed * 100 + at + 1))));
  const layers = tars.map((tar) => (gzip ? gzipSync(tar) : tar));
  const config = jsonOf({
    architecture,
    os: 'linux',
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    history: tars.map(() => ({ created_by: 'test' })),
  });
  const described = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const { subject, artifactType, annotations } = options;
  const manifest = jsonOf({
    schemaVersion: 2,
    mediaType: types.manifest,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: described(config, types.config),
    layers: layers.map((layer) => described(layer, gzip ? types.gzip : types.tar)),
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  const blobs = new Map([...layers, config].map((bytes) => [digestOf(bytes), bytes]));
  return assemble({ mediaType: types.manifest, bytes: manifest }, [], blobs);
}

/** What refers to an image: an artifact with an empty config and one small blob, as a signature or SBOM has. */
export function makeReferrer(subject: TestImage['descriptor'], artifactType: string, text = artifactType): TestImage {
  const empty = Buffer.from('{}');
  const content = Buffer.from(text);
  const manifest = jsonOf({
    schemaVersion: 2,
    mediaType: TYPES.oci.manifest,
    artifactType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(empty), size: empty.length },
    layers: [{ mediaType: 'text/plain', digest: digestOf(content), size: content.length }],
    subject,
    annotations: { 'com.example.text': text },
  });
  const blobs = new Map([empty, content].map((bytes) => [digestOf(bytes), bytes]));
  return assemble({ mediaType: TYPES.oci.manifest, bytes: manifest }, [], blobs);
}

/** An index of images, each for the architecture of its config. */
export function makeIndex(images: readonly TestImage[], family: 'oci' | 'docker' = 'oci'): TestImage {
  const manifests = images.map((image) => {
    const { config } = JSON.parse(image.documents.get(image.digest)!.bytes.toString());
    const { architecture, os } = JSON.parse(image.blobs.get(config.digest)!.toString());
    return { ...image.descriptor, platform: { architecture, os } };
  });
  const bytes = jsonOf({ schemaVersion: 2, mediaType: TYPES[family].index, manifests });
  return assemble({ mediaType: TYPES[family].index, bytes }, images, new Map());
}

/** An image that runs: what Debian's package busybox-static has, and `sh` among the links to it. */
export async function makeRunnableImage(options: ImageOptions = {}): Promise<TestImage> {
  const links = ['sh', 'cat', 'echo', 'ls', 'sha256sum', 'id', 'stat'];
  const busybox = await layerOf({
    'bin/busybox': readFileSync('/bin/busybox'),
    ...Object.fromEntries(links.map((name) => [`bin/${name}`, { link: 'busybox' }])),
    'etc/passwd': 'root:x:0:0:root:/:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
  });
  const architecture = { x64: 'amd64' }[process.arch as string] ?? process.arch;
  const config = { Cmd: ['/bin/echo', 'it runs'], Env: ['PATH=/bin'] };
  return makeImage({ architecture, config, gzip: true, ...options, layers: [busybox, ...(options.layers ?? [])] });
}

/** Puts an image where a test registry has it. */
export function putImage(repository: TestRepository, image: TestImage, ...tags: readonly string[]): TestImage {
  for (const [digest, bytes] of image.blobs) repository.putBlob(bytes, digest);
  for (const [digest, { bytes, mediaType }] of image.documents) repository.putManifest(bytes, { digest, mediaType });
  for (const tag of tags) repository.tags.set(tag, image.digest);
  return image;
}

/** Writes an OCI layout with images by tag. */
export function writeLayout(directory: string, images: Readonly<Record<string, TestImage>>): void {
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  for (const image of Object.values(images)) {
    for (const [digest, bytes] of image.blobs) writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
    for (const [digest, { bytes }] of image.documents)
      writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
  }
  const manifests = Object.entries(images).map(([tag, { descriptor }]) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

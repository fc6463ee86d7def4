import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlobSink, parsePlatform } from '../../../src/oci/index.js';
import { findImages } from '../../../src/operations/select-image.js';
import { copyImage } from '../../../src/store/copy-image.js';
import { openRegistrySource } from '../../../src/store/registry/source.js';
import { collect } from '../../../src/util/index.js';
import { failureOf } from '../../support/failure-of.js';
import * as effects from '../../support/registry/effects.js';
import { type Laboratory, openLaboratory } from '../../support/registry/laboratory.js';
import { at, digestOf, type TestRepository } from '../../support/registry/registry.js';
import { type Pulling, startPulling } from './pull-support.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const OTHER_DIGEST = `sha256:${'7'.repeat(64)}`;
const MIB = 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

/** A repository, in which a usual image is made and each case changes one thing. */
class Box {
  readonly layer = Buffer.alloc(5000, 'layer');
  readonly secret = Buffer.alloc(3000, 'other');

  constructor(
    readonly lab: Laboratory,
    readonly repository: TestRepository,
  ) {}

  blob(bytes: Buffer, mediaType: string, more: Members = {}): Members {
    this.repository.putBlob(bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length, ...more };
  }

  config(more: Members = {}): Members {
    const rootfs = { type: 'layers', diff_ids: [digestOf(this.layer)] };
    const value = { architecture: 'amd64', os: 'linux', rootfs, history: [{ created_by: 'x' }], ...more };
    return this.blob(Buffer.from(JSON.stringify(value)), CONFIG);
  }

  document(more: Members = {}): Members {
    const layers = [this.blob(this.layer, LAYER)];
    return { schemaVersion: 2, mediaType: MANIFEST, config: this.config(), layers, ...more };
  }

  /** With another member in the descriptor of its layer. */
  withLayer(more: Members): Members {
    return this.document({ layers: [this.blob(this.layer, LAYER, more)] });
  }

  /** The document, under the tag `1`. */
  put(value: Members | string | Buffer, mediaType = MANIFEST): Members {
    const bytes = Buffer.from(typeof value === 'object' && !Buffer.isBuffer(value) ? JSON.stringify(value) : value);
    const digest = this.repository.putManifest(bytes, { mediaType, tag: '1' });
    return { mediaType, digest, size: bytes.length };
  }

  text(more: Members = {}): string {
    return JSON.stringify(this.document(more));
  }

  index(manifests: readonly Members[], more: Members = {}): Members {
    return this.put({ schemaVersion: 2, mediaType: INDEX, manifests, ...more }, INDEX);
  }

  fault(...args: Parameters<Laboratory['registry']['faults']['add']>): void {
    this.lab.registry.faults.add(...args);
  }
}

interface Case {
  readonly title: string;
  readonly prepare: (box: Box) => unknown;
  /** `fine`: it can be read. */
  readonly code: 'fine' | 'image-invalid' | 'blob-mismatch' | 'server-invalid' | 'image-missing' | 'blob-missing';
  readonly platform?: string;
  /** How many images are found; one by default. */
  readonly images?: number;
  /** Bytes that may come; default 64 KiB. */
  readonly maxBytes?: number;
  readonly name?: string;
}

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm = (variant?: string) => ({ os: 'linux', architecture: 'arm64', ...(variant && { variant }) });

const cases: readonly Case[] = [
  { title: 'a usual image', prepare: (box) => box.put(box.document()), code: 'fine' },

  // digests and sizes
  {
    title: 'a layer of other bytes',
    code: 'blob-mismatch',
    prepare: (box) => {
      box.put(box.document());
      box.repository.putBlob(Buffer.alloc(5000, 'other'), digestOf(box.layer));
    },
  },
  {
    title: 'the right digest and another body, by tag',
    code: 'blob-mismatch',
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestHead, effects.failing(405));
      box.fault(
        at.manifestGet,
        effects.withBody(() => Buffer.from(box.text({ annotations: { a: 'b' } }))),
      );
    },
  },
  {
    title: 'the right digest and another body, by digest',
    code: 'blob-mismatch',
    prepare: (box) => {
      box.put(box.document());
      box.fault(
        at.manifestGet,
        effects.withBody((body) => Buffer.from(body.toString().replace('layer.v1.tar', 'layer.v2.tar'))),
      );
    },
  },
  {
    title: 'a digest that is a path',
    code: 'server-invalid',
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestRead, effects.withHeaders({ 'docker-content-digest': 'sha256:../../../etc/passwd' }));
    },
  },
  ...[
    ['one more', 5001, 'blob-mismatch'],
    ['one less', 4999, 'blob-mismatch'],
    ['0', 0, 'blob-mismatch'],
    ['-1', -1, 'image-invalid'],
    ['2^53', 2 ** 53, 'image-invalid'],
    ['a fraction', 5000.5, 'image-invalid'],
    ['a text', '5000', 'image-invalid'],
  ].map(([title, size, code]) => ({
    title: `a layer whose size is ${title}`,
    prepare: (box: Box) => box.put(box.withLayer({ size })),
    code: code as Case['code'],
  })),
  {
    title: 'a manifest that does not end',
    code: 'image-invalid',
    maxBytes: 5 * MIB,
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestHead, effects.failing(405));
      box.fault(at.manifestGet, effects.endlessBody);
    },
  },
  {
    title: 'a manifest of known size that does not end',
    code: 'blob-mismatch',
    maxBytes: MIB,
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestGet, effects.endlessBody);
    },
  },
  {
    title: 'a layer that does not end',
    code: 'blob-mismatch',
    maxBytes: MIB,
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.blobGet, effects.endlessBody);
    },
  },

  // one digest, two meanings
  {
    title: 'another type than it says of itself',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document(), INDEX),
  },
  {
    title: 'another type when it is read',
    code: 'image-invalid',
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestGet, effects.withHeaders({ 'content-type': INDEX }));
    },
  },
  {
    title: 'no type of its own, and another when it is read',
    code: 'image-invalid',
    prepare: (box) => {
      box.put({ ...box.document(), mediaType: undefined });
      box.fault(at.manifestGet, effects.withHeaders({ 'content-type': INDEX }));
    },
  },
  {
    title: 'an image with a list of manifests',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document({ manifests: [] })),
  },
  {
    title: 'an index with layers',
    code: 'image-invalid',
    prepare: (box) => box.index([box.put(box.document())], { layers: [] }),
  },
  {
    title: 'an index with a config',
    code: 'image-invalid',
    prepare: (box) => box.index([box.put(box.document())], { config: box.config() }),
  },
  {
    title: 'schema 1',
    code: 'image-invalid',
    prepare: (box) =>
      box.put(
        { schemaVersion: 1, name: 'a', tag: '1', fsLayers: [], history: [] },
        'application/vnd.docker.distribution.manifest.v1+prettyjws',
      ),
  },
  {
    title: 'schema 1 under the type of schema 2',
    code: 'image-invalid',
    prepare: (box) =>
      box.put({ schemaVersion: 1, fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v2+json'),
  },
  {
    title: 'an unknown type',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document({ mediaType: 'application/vnd.example' }), 'application/vnd.example'),
  },
  {
    title: 'an index with something unknown in it',
    code: 'fine',
    prepare: (box) => box.index([{ ...box.blob(box.secret, 'application/vnd.example') }, box.put(box.document())]),
  },
  {
    title: 'a layer of an unknown type',
    code: 'fine',
    prepare: (box) => box.put(box.withLayer({ mediaType: 'application/vnd.example' })),
  },

  // shapes of indexes
  {
    title: 'an index that holds itself',
    code: 'blob-mismatch',
    prepare: (box) => {
      const own = { mediaType: INDEX, digest: OTHER_DIGEST, size: 300 };
      const { bytes } = box.repository.manifest(box.index([own]).digest as string)!;
      box.repository.putManifest(Buffer.concat([bytes, Buffer.alloc(300 - bytes.length, ' ')]), {
        digest: OTHER_DIGEST,
        mediaType: INDEX,
      });
    },
  },
  {
    title: 'an index that holds one that holds it',
    code: 'blob-mismatch',
    prepare: (box) => {
      const inner = { mediaType: INDEX, digest: OTHER_DIGEST, size: 400 };
      const outer = box.index([inner]);
      const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [outer] });
      box.repository.putManifest(Buffer.from(text.padEnd(400)), { digest: OTHER_DIGEST, mediaType: INDEX });
    },
  },
  {
    title: 'indexes in each other, ten deep',
    code: 'image-invalid',
    prepare: (box) => {
      let inner = box.put(box.document());
      for (let depth = 0; depth < 10; depth++) inner = box.index([inner]);
    },
  },
  { title: 'an index in an index', code: 'fine', prepare: (box) => box.index([box.index([box.put(box.document())])]) },
  {
    title: 'an index of a hundred thousand',
    code: 'image-invalid',
    maxBytes: 5 * MIB,
    prepare: (box) => {
      const entry = { mediaType: MANIFEST, digest: OTHER_DIGEST, size: 5 };
      box.index(Array(100_000).fill(entry));
    },
  },
  {
    title: 'an index of a thousand and one',
    code: 'image-invalid',
    maxBytes: MIB,
    prepare: (box) => box.index(Array(1001).fill({ mediaType: MANIFEST, digest: OTHER_DIGEST, size: 5 })),
  },
  { title: 'an index of nothing', code: 'fine', images: 0, prepare: (box) => box.index([]) },
  {
    title: 'one platform twice',
    code: 'fine',
    images: 2,
    prepare: (box) => {
      const first = box.put(box.document());
      const second = box.put(box.document({ annotations: { second: 'yes' } }));
      box.index([
        { ...first, platform: amd64 },
        { ...second, platform: amd64 },
      ]);
    },
  },
  {
    title: 'no image for the platform',
    code: 'fine',
    platform: 'linux/s390x',
    images: 0,
    prepare: (box) => box.index([{ ...box.put(box.document()), platform: amd64 }]),
  },
  {
    title: 'a variant that is the usual one',
    code: 'fine',
    platform: 'linux/arm64/v8',
    prepare: (box) => {
      const config = box.config({ architecture: 'arm64' });
      box.index([
        { ...box.put(box.document({ config })), platform: arm() },
        { ...box.put(box.document()), platform: amd64 },
      ]);
    },
  },
  {
    title: 'a variant that is another',
    code: 'fine',
    platform: 'linux/arm64/v9',
    images: 0,
    prepare: (box) => {
      const config = box.config({ architecture: 'arm64' });
      box.index([{ ...box.put(box.document({ config })), platform: arm('v8') }]);
    },
  },

  // what descriptors say besides
  {
    title: 'data that is right',
    code: 'fine',
    prepare: (box) => box.put(box.withLayer({ data: box.layer.toString('base64') })),
  },
  {
    title: 'data that is wrong',
    code: 'fine',
    prepare: (box) => box.put(box.withLayer({ data: box.secret.toString('base64') })),
  },
  {
    title: 'data beyond every limit',
    code: 'image-invalid',
    prepare: (box) => box.put(box.withLayer({ data: 'A'.repeat(5 * MIB) })),
  },
  ...[
    ['http', (box: Box) => `${box.lab.elsewhere.origin}/layer`],
    ['https', () => 'https://blobs.example.test/layer'],
    ['a file', () => 'file:///etc/passwd'],
    ['the metadata of a cloud', () => 'http://169.254.169.254/latest/'],
  ].map(([title, url]) => ({
    title: `a layer that lies at other addresses as well: ${title}`,
    prepare: (box: Box) => box.put(box.withLayer({ urls: [(url as (box: Box) => string)(box)] })),
    code: 'fine' as const,
  })),
  {
    title: 'a layer that lies at other addresses only',
    code: 'blob-missing',
    prepare: (box) => {
      box.put(box.withLayer({ urls: [`${box.lab.elsewhere.origin}/layer`] }));
      box.repository.forgetBlob(digestOf(box.layer));
    },
  },
  {
    title: 'an artifact',
    code: 'image-invalid',
    prepare: (box) =>
      box.put(
        box.document({
          artifactType: 'application/vnd.example',
          config: box.blob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'),
        }),
      ),
  },
  {
    title: 'an artifact beside an image',
    code: 'fine',
    prepare: (box) => {
      const config = box.blob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
      const artifact = box.put(box.document({ artifactType: 'application/vnd.example', config, layers: [config] }));
      box.index([artifact, box.put(box.document())]);
    },
  },
  {
    title: 'a subject',
    code: 'fine',
    prepare: (box) => box.put(box.document({ subject: { mediaType: MANIFEST, digest: OTHER_DIGEST, size: 5 } })),
  },

  // configs
  {
    title: 'a config that is not JSON',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document({ config: box.blob(Buffer.from('{"a":'), CONFIG) })),
  },
  {
    title: 'a config beyond 8 MiB',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document({ config: { ...box.config(), size: 9 * MIB } })),
  },
  {
    title: 'more diff ids than layers',
    code: 'image-invalid',
    prepare: (box) => {
      const rootfs = { type: 'layers', diff_ids: [digestOf(box.layer), OTHER_DIGEST] };
      box.put(box.document({ config: box.config({ rootfs }) }));
    },
  },
  {
    title: 'a diff id twice',
    code: 'fine',
    prepare: (box) => {
      const layer = box.blob(box.layer, LAYER);
      const rootfs = { type: 'layers', diff_ids: [digestOf(box.layer), digestOf(box.layer)] };
      box.put(box.document({ layers: [layer, layer], config: box.config({ rootfs }) }));
    },
  },
  {
    title: 'another kind of rootfs',
    code: 'image-invalid',
    prepare: (box) =>
      box.put(
        box.document({ config: box.config({ rootfs: { type: 'layers+base', diff_ids: [digestOf(box.layer)] } }) }),
      ),
  },
  {
    title: 'more history than layers',
    code: 'fine',
    prepare: (box) => box.put(box.document({ config: box.config({ history: [{}, {}, {}] }) })),
  },
  {
    title: 'less history than layers',
    code: 'fine',
    prepare: (box) => box.put(box.document({ config: box.config({ history: [] }) })),
  },
  {
    title: 'labels that steer a terminal',
    code: 'fine',
    prepare: (box) =>
      box.put(box.document({ config: box.config({ config: { Labels: { 'a\u001b[31m': '\u0000' } } }) })),
  },

  // texts
  {
    title: 'annotations of 4 MiB',
    code: 'image-invalid',
    prepare: (box) => box.put(box.document({ annotations: { a: 'x'.repeat(4 * MIB) } })),
  },
  {
    title: 'what is not UTF-8',
    code: 'image-invalid',
    prepare: (box) =>
      box.put(
        Buffer.concat([Buffer.from(box.text().slice(0, -1)), Buffer.from(',"annotations":{"a":"\xff"}}', 'latin1')]),
      ),
  },
  {
    title: 'a member twice',
    code: 'image-invalid',
    prepare: (box) => box.put(box.text().replace('{', '{"layers":[],')),
  },
  {
    title: 'a member __proto__',
    code: 'image-invalid',
    prepare: (box) => box.put(box.text().replace('{', '{"__proto__":{"mediaType":"x"},')),
  },
  {
    title: 'a hundred thousand brackets',
    code: 'image-invalid',
    maxBytes: MIB,
    prepare: (box) => box.put(`${box.text().slice(0, -1)},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  },
  {
    title: '1e400',
    code: 'image-invalid',
    prepare: (box) => box.put(box.text().replace('"size":5000', '"size":1e400')),
  },

  // what a registry does
  {
    title: 'a tag that moves between the questions',
    code: 'fine',
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestGet, { before: () => box.put(box.document({ annotations: { moved: 'yes' } })) });
    },
  },
  {
    title: 'a digest instead of the tag beside it',
    code: 'fine',
    name: '1',
    prepare: (box) => {
      const pinned = box.put(box.document()).digest as string;
      box.put('{}');
      return pinned;
    },
  },
  {
    title: 'the manifest of another repository',
    code: 'blob-mismatch',
    prepare: (box) => {
      box.put(box.document());
      const other = Buffer.from(box.text({ annotations: { of: 'another' } }));
      box.fault(
        at.manifestGet,
        effects.changing((answer) => ({ ...answer, body: other, headers: { 'content-type': MANIFEST } })),
      );
    },
  },
  {
    title: 'the digest of another manifest',
    code: 'server-invalid',
    prepare: (box) => {
      const pinned = box.put(box.document()).digest as string;
      box.fault(at.manifestRead, effects.withHeaders({ 'docker-content-digest': OTHER_DIGEST }));
      return pinned;
    },
  },
  ...[204, 206, 304].map((status) => ({
    title: `an answer ${status}`,
    code: 'server-invalid' as const,
    prepare: (box: Box) => {
      box.put(box.document());
      box.fault(at.manifestGet, effects.withStatus(status));
    },
  })),
  {
    title: 'a compressed manifest',
    code: 'server-invalid',
    prepare: (box) => {
      box.put(box.document());
      box.fault(at.manifestGet, effects.gzipEncoding);
    },
  },
];

let lab: Laboratory;
let pulling: Pulling;
beforeEach(async () => {
  lab = await openLaboratory();
  pulling = startPulling();
});
afterEach(async () => {
  await pulling.close();
  await lab.close();
});

const nowhere: BlobSink = {
  has: async () => false,
  put: async ({ size }, open) => void (await collect(await open(), size)),
};

/** Reads all that there is of an image, as those do who build on it and those who copy it. */
async function pull(name: string, platform: string | undefined): Promise<number> {
  const source = openRegistrySource(pulling.at(`${lab.registry.authority}/a/b`));
  const named = name.startsWith('sha256:') ? { digest: name } : { tag: name };
  const root = await source.resolve({ transport: 'docker', registry: 'x', repository: 'a/b', ...named } as never);
  const images = await findImages(source, root, platform === undefined ? undefined : parsePlatform(platform));
  await copyImage(source, nowhere, root);
  return images.length;
}

describe('an image of a hostile registry', () => {
  it.each(cases)('with $title: $code', async ({ prepare, code, platform, images = 1, maxBytes = 64 * 1024 }) => {
    const box = new Box(lab, lab.registry.repository('a/b'));
    const name = prepare(box);
    const work = pull(typeof name === 'string' ? name : '1', platform);
    if (code === 'fine') expect(await work).toBe(images);
    else expect((await failureOf(work)).code).toBe(code);
    expect(pulling.traffic.receivedBytes).toBeLessThan(maxBytes);
    expect(lab.requests.length).toBeLessThanOrEqual(16);
    expect(lab.requests.filter(({ server }) => server !== 'registry')).toEqual([]);
    expect(lab.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

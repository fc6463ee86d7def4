import { describe, expect, it } from 'vitest';
import {
  type ConfigEdits,
  composeImage,
  composeIndex,
  editRuntimeConfig,
  type ImageParts,
} from '../../src/image/index.js';
import { type DiffId, digestOf, type ImageConfig, MediaTypes } from '../../src/oci/index.js';

const nothing: ConfigEdits = { env: {}, ports: [], volumes: [], labels: {} };
const diffId = (text: string) => digestOf(text) as string as DiffId;
const layer = (name: string) => ({
  name,
  diffId: diffId(name),
  descriptor: { mediaType: MediaTypes.layerGzip, digest: digestOf(`${name}.gz`), size: 10 },
});
const scratch: ImageParts = {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  base: undefined,
  layers: [layer('app')],
  config: nothing,
  annotations: {},
  created: 0,
};

describe('the runtime config', () => {
  const base = {
    Entrypoint: ['/base'],
    Cmd: ['arg'],
    Env: ['PATH=/bin', 'B=1', 'EMPTY='],
    Labels: { old: 'x', gone: 'y' },
    ExposedPorts: { '80/tcp': {} },
    Healthcheck: { Test: ['NONE'] },
  };
  const cases: readonly [string, Partial<ConfigEdits>, object][] = [
    ['keeps everything that is not edited', {}, base],
    [
      'drops the cmd of the base with its entrypoint',
      { entrypoint: ['/app'] },
      { Entrypoint: ['/app'], Cmd: undefined },
    ],
    ['keeps a cmd that is given with the entrypoint', { entrypoint: ['/app'], cmd: ['x'] }, { Cmd: ['x'] }],
    [
      'changes variables in place and adds new ones sorted',
      { env: { Z: '1', A: '2', B: '9' } },
      { Env: ['PATH=/bin', 'B=9', 'EMPTY=', 'A=2', 'Z=1'] },
    ],
    [
      'removes variables and labels with null',
      { env: { B: null }, labels: { gone: null } },
      { Env: ['PATH=/bin', 'EMPTY='], Labels: { old: 'x' } },
    ],
    [
      'adds ports and volumes',
      { ports: ['53/udp'], volumes: ['/data'] },
      { ExposedPorts: { '80/tcp': {}, '53/udp': {} }, Volumes: { '/data': {} } },
    ],
    [
      'removes members with null',
      { entrypoint: null, cmd: null, user: null },
      { Entrypoint: undefined, Cmd: undefined, User: undefined },
    ],
  ];
  it.each(cases)('%s', (_title, edits, expected) => {
    const absent = { Entrypoint: undefined, Cmd: undefined, User: undefined };
    expect({ ...absent, ...editRuntimeConfig(base, { ...nothing, ...edits }) }).toMatchObject(expected);
  });
});

describe('an image from scratch', () => {
  it('has exactly the documented bytes', () => {
    const image = composeImage(scratch);
    expect(Buffer.from(image.config.bytes).toString()).toBe(
      `{"architecture":"arm64","config":{},"created":"1970-01-01T00:00:00Z","history":[{"created":"1970-01-01T00:00:00Z","created_by":"tbuild layer app"}],"os":"linux","rootfs":{"diff_ids":["${diffId('app')}"],"type":"layers"},"variant":"v8"}`,
    );
    expect(JSON.parse(Buffer.from(image.manifest.bytes).toString())).toEqual({
      schemaVersion: 2,
      mediaType: MediaTypes.manifest,
      config: { mediaType: MediaTypes.config, digest: digestOf(image.config.bytes), size: image.config.bytes.length },
      layers: [scratch.layers[0]!.descriptor],
    });
  });

  it.each([
    [2 ** 31, '2038-01-19T03:14:08Z'],
    [2 ** 33, '2242-03-16T12:56:32Z'],
    [253402300799, '9999-12-31T23:59:59Z'],
  ])('writes the time %s', (created, expected) => {
    expect(composeImage({ ...scratch, created }).config.value.created).toBe(expected);
  });
});

describe('an image on a base', () => {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    'os.version': '1',
    config: { Shell: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [diffId('b1'), diffId('b2')] },
    history: [{ created_by: 'one' }, { created_by: 'none', empty_layer: true }],
  } as unknown as ImageConfig;
  const dockerLayer = { mediaType: MediaTypes.dockerLayerGzip, digest: digestOf('b1'), size: 5 };
  const image = composeImage({
    ...scratch,
    platform: { os: 'linux', architecture: 'amd64' },
    base: {
      reference: 'oci:base:v1',
      descriptor: { mediaType: MediaTypes.dockerManifest, digest: digestOf('m'), size: 7 },
      config,
      manifest: {
        schemaVersion: 2,
        mediaType: MediaTypes.dockerManifest,
        config: { mediaType: MediaTypes.dockerConfig, digest: digestOf('c'), size: 3 },
        layers: [dockerLayer, { ...dockerLayer, digest: digestOf('b2') }],
      },
    },
    annotations: { own: 'x' },
  });

  it('keeps the layers of the base first, unknown fields, and names the base', () => {
    expect(image.manifest.value.layers.map((l) => [l.mediaType, l.digest])).toEqual([
      [MediaTypes.layerGzip, digestOf('b1')],
      [MediaTypes.layerGzip, digestOf('b2')],
      [MediaTypes.layerGzip, digestOf('app.gz')],
    ]);
    expect(image.config.value).toMatchObject({ 'os.version': '1', config: { Shell: ['/bin/sh'] } });
    expect(image.manifest.value.annotations).toEqual({
      own: 'x',
      'org.opencontainers.image.base.name': 'oci:base:v1',
      'org.opencontainers.image.base.digest': digestOf('m'),
    });
  });

  it('has one history entry for each layer, padding what the base lacks', () => {
    const described = image.config.value.history!.filter((entry) => entry.empty_layer !== true);
    expect(described.map((entry) => entry.created_by)).toEqual(['one', 'layer of the base', 'tbuild layer app']);
    expect(described).toHaveLength(image.config.value.rootfs.diff_ids.length);
  });

  it('stands in an index with its platform', () => {
    const index = composeIndex([image], { own: 'x' });
    expect(index.value.manifests[0]).toMatchObject({
      digest: image.manifest.descriptor.digest,
      platform: { architecture: 'amd64' },
    });
    expect(index.descriptor.digest).toBe(digestOf(index.bytes));
  });
});

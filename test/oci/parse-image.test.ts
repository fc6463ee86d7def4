import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import {
  type Descriptor,
  digestOf,
  MediaTypes,
  parseDockerArchive,
  parseImageConfig,
  parseLayoutIndex,
  parseManifestDocument,
} from '../../src/oci/index.js';

const digest = digestOf('');
const describing = (mediaType: string, bytes: Uint8Array | string = ''): Descriptor => ({
  mediaType,
  digest,
  size: bytes.length,
});
const layer = { mediaType: MediaTypes.layerGzip, digest, size: 3 };
const manifest = {
  schemaVersion: 2,
  mediaType: MediaTypes.manifest,
  config: { mediaType: MediaTypes.config, digest, size: 2 },
  layers: [layer],
};
const index = {
  schemaVersion: 2,
  mediaType: MediaTypes.index,
  manifests: [{ ...layer, mediaType: MediaTypes.manifest }],
};
const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] } };

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const parseAs = (mediaType: string, value: unknown) =>
  parseManifestDocument(Buffer.from(textOf(value)), describing(mediaType));
const parseConfig = (value: unknown) => parseImageConfig(Buffer.from(textOf(value)), describing(MediaTypes.config));

function problemOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof TbuildError && error.code === 'image-invalid') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a manifest', () => {
  it('is read with members that are not known', () => {
    const more = { ...manifest, subject: layer, annotations: { a: 'b' } };
    expect(parseAs(MediaTypes.manifest, more)).toEqual({ kind: 'manifest', manifest: more });
  });

  it('gets the media type of its descriptor where it has none', () => {
    const { mediaType: _, ...bare } = manifest;
    const parsed = parseAs(MediaTypes.dockerManifest, bare);
    expect(parsed).toMatchObject({ manifest: { mediaType: MediaTypes.dockerManifest } });
  });

  it('keeps layers of media types that are not known, and passes over urls', () => {
    const layers = [{ ...layer, mediaType: 'application/x-own', urls: ['http://169.254.169.254/'] }];
    expect(parseAs(MediaTypes.manifest, { ...manifest, layers })).toMatchObject({ manifest: { layers } });
  });

  const withLayer = (change: object) => ({ ...manifest, layers: [layer, { ...layer, ...change }] });
  const refused: readonly [string, unknown, string][] = [
    ['what is not JSON', '{', 'it is not JSON'],
    ['what is not an object', '[]', 'it is [], not an object'],
    ['null', 'null', 'it is null, not an object'],
    ['text after the JSON', `${JSON.stringify(manifest)}x`, 'it is not JSON'],
    ['a byte order mark', `\ufeff${JSON.stringify(manifest)}`, 'it is not JSON'],
    ['a list of manifests too', { ...manifest, manifests: [] }, '"manifests" can be read in two ways'],
    ['signed layers of schema 1 too', { ...manifest, fsLayers: [] }, '"fsLayers" can be read in two ways'],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'schema 1 manifest, which is not supported'],
    ['no schema version', { ...manifest, schemaVersion: undefined }, '"schemaVersion" is missing, not 2'],
    ['a schema version as text', { ...manifest, schemaVersion: '2' }, '"schemaVersion" is "2", not 2'],
    ['another media type', { ...manifest, mediaType: MediaTypes.index }, 'as its descriptor says'],
    ['media type null', { ...manifest, mediaType: null }, '"mediaType" is null'],
    ['no config', { ...manifest, config: undefined }, '"config" is missing, not an object'],
    ['no layers', { ...manifest, layers: undefined }, '"layers" is missing, not a list'],
    ['layers null', { ...manifest, layers: null }, '"layers" is null, not a list'],
    ['128 layers', { ...manifest, layers: Array(128).fill(layer) }, '"layers" has 128 items, the limit is 127'],
    ['a size below zero', withLayer({ size: -1 }), '"layers[1].size" is -1, not a size in bytes'],
    ['a size as text', withLayer({ size: '3' }), '"layers[1].size" is "3", not a size in bytes'],
    ['no size', withLayer({ size: undefined }), '"layers[1].size" is missing'],
    ['no media type', withLayer({ mediaType: '' }), '"layers[1].mediaType" is "", not a text'],
    ['a path as digest', withLayer({ digest: 'sha256:../../x' }), '"layers[1].digest" is "sha256:../../x"'],
    ['upper case', withLayer({ digest: digest.replace('e', 'E') }), 'not a sha256 digest'],
    ['63 digits', withLayer({ digest: digest.slice(0, -1) }), 'not a sha256 digest'],
    ['65 digits', withLayer({ digest: `${digest}0` }), 'not a sha256 digest'],
    ['a line end after the digest', withLayer({ digest: `${digest}\n` }), 'not a sha256 digest'],
    ['another algorithm', withLayer({ digest: `sha512:${'0'.repeat(128)}` }), 'not a sha256 digest'],
    ['an annotation that is a number', withLayer({ annotations: { a: 1 } }), '"layers[1].annotations.a" is 1'],
    ['a platform without os', withLayer({ platform: { architecture: 'a' } }), '"layers[1].platform.os" is missing'],
    ['annotations as list', { ...manifest, annotations: [] }, '"annotations" is [], not an object'],
    ['a fraction', textOf(manifest).replace('"size":3', '"size":3.5'), 'it holds the number 3.5'],
    ['2^53', textOf(manifest).replace('"size":3', '"size":9007199254740992'), 'it holds the number 9007199254740992'],
    ['1e400', textOf(manifest).replace('"size":3', '"size":1e400'), 'it holds the number Infinity'],
    ['a member twice', textOf(manifest).replace('{', '{"layers":[],'), 'it has the member "layers" twice'],
    ['a member twice, once escaped', textOf(manifest).replace('{', '{"l\\u0061yers":[],'), '"layers" twice'],
    ['a member twice further in', textOf(manifest).replace('"size":3', '"size":3,"size":3'), '"size" twice'],
    ['__proto__', textOf(manifest).replace('{', '{"__proto__":{},'), 'it has a member "__proto__"'],
    ['deep nesting', `${'['.repeat(100_000)}`, 'nested deeper than 64 levels'],
  ];
  it.each(refused)('is refused with %s', (_title, value, problem) => {
    expect(problemOf(() => parseAs(MediaTypes.manifest, value))).toContain(problem);
  });

  it('is refused where it is not UTF-8', () => {
    const bytes = Buffer.from(textOf(manifest).replace('"layers"', '"\xff"'), 'latin1');
    expect(problemOf(() => parseManifestDocument(bytes, describing(MediaTypes.manifest)))).toContain('not UTF-8');
  });

  it('is refused beyond 4 MiB', () => {
    const text = textOf({ ...manifest, annotations: { a: 'x'.repeat(4 << 20) } });
    expect(problemOf(() => parseAs(MediaTypes.manifest, text))).toContain('the limit is 4194304');
  });

  it('may say the same name in different objects, and quotes in texts', () => {
    const annotations = { '"': '{"a":1,"a":2}', '\\': '\\"' };
    expect(parseAs(MediaTypes.manifest, { ...manifest, annotations })).toMatchObject({ manifest: { annotations } });
  });

  it('is not made of what is of another media type', () => {
    expect(problemOf(() => parseAs(MediaTypes.config, manifest))).toContain('is not an image');
  });
});

describe('an index', () => {
  it('is read with its platforms', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const manifests = [{ ...index.manifests[0], platform }];
    expect(parseAs(MediaTypes.index, { ...index, manifests })).toEqual({
      kind: 'index',
      index: { ...index, manifests },
    });
  });

  const refused: readonly [string, unknown, string][] = [
    ['layers too', { ...index, layers: [] }, '"layers" can be read in two ways'],
    ['a config too', { ...index, config: layer }, '"config" can be read in two ways'],
    ['1001 entries', { ...index, manifests: Array(1001).fill(layer) }, 'has 1001 items, the limit is 1000'],
    ['the media type of a manifest', { ...index, mediaType: MediaTypes.manifest }, 'as its descriptor says'],
  ];
  it.each(refused)('is refused with %s', (_title, value, problem) => {
    expect(problemOf(() => parseAs(MediaTypes.index, value))).toContain(problem);
  });

  it('may be empty', () => {
    const empty = { ...index, manifests: [] };
    expect(parseAs(MediaTypes.index, empty)).toEqual({ kind: 'index', index: empty });
  });

  it('may be empty in a layout, and lack its list', () => {
    for (const manifests of [[], null]) {
      const bytes = Buffer.from(textOf({ schemaVersion: 2, manifests }));
      expect(parseLayoutIndex(bytes)).toEqual({ ...index, manifests: [] });
    }
  });
});

describe('a config', () => {
  it('is read with members that are not known', () => {
    const more = {
      ...config,
      history: [{ created_by: 'x', empty_layer: true, 'x-own': 1 }],
      config: { Healthcheck: { Test: ['NONE'] }, Env: null, Labels: { 'a\u001b[31m': '\u0000' } },
      container: 'x',
    };
    expect(parseConfig(more)).toEqual(more);
  });

  it('loses what is null, which is the same as absent', () => {
    expect(parseConfig({ ...config, config: null, history: null })).toEqual(config);
  });

  const refused: readonly [string, unknown, string][] = [
    ['what is not JSON', 'x', 'it is not JSON'],
    ['nothing in it', {}, '"os" is missing'],
    ['no rootfs', { ...config, rootfs: undefined }, '"rootfs" is missing'],
    ['another rootfs', { ...config, rootfs: { type: 'x', diff_ids: [] } }, '"rootfs.type" is "x", not "layers"'],
    ['no DiffIDs', { ...config, rootfs: { type: 'layers' } }, '"rootfs.diff_ids" is missing'],
    ['a bad DiffID', { ...config, rootfs: { type: 'layers', diff_ids: ['x'] } }, '"rootfs.diff_ids[0]" is "x"'],
    ['env as object', { ...config, config: { Env: {} } }, '"config.Env" is {}, not a list'],
    ['a number as argument', { ...config, config: { Cmd: [1] } }, '"config.Cmd[0]" is 1, not a text'],
    ['a label that is no text', { ...config, config: { Labels: { a: [] } } }, '"config.Labels.a" is []'],
    ['history as object', { ...config, history: {} }, '"history" is {}, not a list'],
    ['history of texts', { ...config, history: ['x'] }, '"history[0]" is "x", not an object'],
    ['empty_layer as text', { ...config, history: [{ empty_layer: 'no' }] }, '"history[0].empty_layer" is "no"'],
  ];
  it.each(refused)('is refused with %s', (_title, value, problem) => {
    expect(problemOf(() => parseConfig(value))).toContain(problem);
  });
});

describe("docker's list of images", () => {
  it('is read', () => {
    const list = [{ Config: 'c.json', RepoTags: null, Layers: ['a/layer.tar'], LayerSources: {} }];
    expect(parseDockerArchive(Buffer.from(textOf(list)), 'x')).toEqual([
      { config: 'c.json', repoTags: [], layers: ['a/layer.tar'] },
    ]);
  });

  it.each([
    ['{}', 'it is {}, not a list'],
    ['[{"Layers":[]}]', '"[0].Config" is missing'],
    ['[{"Config":"c","Layers":[1]}]', '"[0].Layers[0]" is 1, not a text'],
  ])('is refused as %s', (text, problem) => {
    expect(problemOf(() => parseDockerArchive(Buffer.from(text), 'x'))).toContain(problem);
  });
});

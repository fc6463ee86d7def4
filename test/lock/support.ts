import fc from 'fast-check';
import type {
  ArtifactPin,
  FilePin,
  ImageLock,
  ImagePin,
  PackagePin,
  PackagesPin,
  PlatformLock,
  TreeFact,
} from '../../src/lock/index.js';
import { type Descriptor, type Digest, digestOf, MediaTypes } from '../../src/oci/index.js';
import { compareUtf8 } from '../../src/util/index.js';

export const FILE = 'image.lock.json';

export const emptyLock: ImageLock = { version: 1, format: 1, fetches: {}, platforms: {} };

export const filePin = (content: string): FilePin => ({ digest: digestOf(content), size: content.length });

const descriptor = (content: string, mediaType: string): Descriptor => ({ mediaType, ...filePin(content) });

export const imagePin = (name: string, state = name): ImagePin => ({
  reference: `docker://docker.io/library/${name}`,
  manifest: descriptor(`${state} manifest`, MediaTypes.manifest),
  config: descriptor(`${state} config`, MediaTypes.config),
  layers: [descriptor(`${state} layer`, MediaTypes.layerGzip)],
});

const packagePin = (name: string, version: string): PackagePin => ({
  name,
  version,
  architecture: 'amd64',
  suite: 'bookworm',
  path: `pool/main/${name[0]}/${name}/${name}_${version}_amd64.deb`,
  ...filePin(`${name} ${version}`),
});

export const artifactPin = (request: string, output: string): ArtifactPin => ({
  request: digestOf(request),
  output: digestOf(output),
});

export const packagesPin = (request: string, packages: Readonly<Record<string, string>>): PackagesPin => ({
  request: digestOf(request),
  packages: Object.entries(packages).map(([name, version]) => packagePin(name, version)),
});

/** A lock with something of each kind. */
export const fullLock: ImageLock = {
  version: 1,
  format: 1,
  fetches: { 'https://example.com/b': filePin('b'), 'https://example.com/a?x=1': filePin('a') },
  platforms: {
    'linux/amd64': {
      base: {
        ...imagePin('debian:12'),
        tree: {
          '': ['directory', '0755', '0:0'],
          bin: ['symlink', '0777', '0:0', 'usr/bin'],
          'etc/passwd': ['file', '0644', '0:0', digestOf('passwd'), 6],
          'usr/bin/ping': ['file', '0755', '0:0', digestOf('ping'), 4, { 'security.capability': 'AQAAAg==' }],
          'dev/null': ['character-device', '0666', '0:0', '1:3'],
          opt: null,
        },
      },
      images: { 'docker://docker.io/library/busybox:1.36': imagePin('busybox:1.36') },
      debian: {
        packages: packagesPin('request', { libc6: '2.36-9', nginx: '1:1.22.1-9+deb12u1~1' }),
        'packages#2': packagesPin('other request', {}),
      },
      artifacts: { deps: artifactPin('request', 'output'), 'node-modules': artifactPin('request', 'modules') },
    },
    'linux/arm/v7': { images: {}, debian: {} },
  },
};

const digest = fc.string().map((text): Digest => digestOf(text));
const size = fc.nat(Number.MAX_SAFE_INTEGER);
const text = fc.string({ unit: 'binary' });
const someText = fc.string({ unit: 'binary', minLength: 1 });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

const descriptors: fc.Arbitrary<Descriptor> = fc
  .record(
    { mediaType: someText, digest, size, annotations: fc.dictionary(text, text), urls: fc.array(text) },
    { requiredKeys: ['mediaType', 'digest', 'size'] },
  )
  .map((value) => value as Descriptor);

const name = fc.constantFrom(
  'a',
  'usr',
  'lib',
  '__proto__',
  'constructor',
  '7',
  '10',
  'é',
  '\u{1f600}',
  '\ufffd',
  'a b',
);
const path = fc.oneof(
  fc.constant(''),
  fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
);
const attributes = fc
  .dictionary(
    someText,
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
  )
  .map((map): readonly TreeFact[] => [map]);
const fact = fc
  .tuple(
    fc.oneof(
      fc.constant<TreeFact[]>(['directory', '0755', '0:0']),
      someText.map((target): TreeFact[] => ['symlink', '0777', '0:0', target]),
      fc.tuple(digest, size).map((content): TreeFact[] => ['file', '4755', '1000:4294967295', ...content]),
      fc.constant<TreeFact[]>(['fifo', '0600', '0:0', '0:0']),
    ),
    fc.oneof(fc.constant([]), attributes),
  )
  .map(([facts, more]): readonly TreeFact[] => [...facts, ...more]);

const mapOf = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> =>
  fc
    .uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, maxLength: 6 })
    // Not with a plain assignment, which takes "__proto__" for something else.
    .map((entries) => Object.fromEntries(entries));

const reference = word.map((repository) => `docker://registry.example.com/${repository}:1`);
const imageWith = (wanted: fc.Arbitrary<string>): fc.Arbitrary<ImagePin> =>
  fc.record(
    {
      reference: wanted,
      manifest: descriptors,
      config: descriptors,
      layers: fc.array(descriptors, { maxLength: 3 }),
      tree: mapOf(path, fc.oneof(fc.constant(null), fact)),
    },
    { requiredKeys: ['reference', 'manifest', 'config', 'layers'] },
  ) as fc.Arbitrary<ImagePin>;

const packages: fc.Arbitrary<readonly PackagePin[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,8}$/),
      version: fc.stringMatching(/^[A-Za-z0-9.+~:-]{1,8}$/),
      architecture: fc.constantFrom('amd64', 'all'),
      suite: fc.constantFrom('bookworm', 'bookworm-security', 'stable/updates', './'),
      path: word.map((file) => `pool/${file}_1%3a2.deb`),
      digest,
      size,
    }),
    { selector: (pin) => `${pin.name}:${pin.architecture}`, maxLength: 5 },
  )
  .map((pins) => [...pins].sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.architecture, b.architecture)));

const platform = fc.record(
  {
    base: imageWith(reference),
    images: fc
      .uniqueArray(imageWith(reference), { selector: (pin) => pin.reference, maxLength: 3 })
      .map((pins) => Object.fromEntries(pins.map((pin) => [pin.reference, pin]))),
    debian: mapOf(fc.constantFrom('a', 'b', 'b#2', 'b#10'), fc.record({ request: digest, packages })),
    artifacts: mapOf(name, fc.record({ request: digest, output: digest })),
  },
  { requiredKeys: ['images', 'debian'] },
) as fc.Arbitrary<PlatformLock>;

export const locks: fc.Arbitrary<ImageLock> = fc.record({
  version: fc.constant(1 as const),
  format: fc.constant(1 as const),
  fetches: mapOf(fc.webUrl({ withQueryParameters: true }), fc.record({ digest, size })),
  platforms: mapOf(fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7'), platform),
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Difference, diffImages } from '../../src/compare/index.js';
import type { LayerMember } from '../../src/layer/index.js';
import { digestOf, MediaTypes } from '../../src/oci/index.js';
import type { Entry } from '../../src/tree/index.js';
import { directory, file, symlink } from '../tree/support.js';
import { type ImageSpec, imageOf, type LayerSpec } from './compared-image.js';

const ofBase = (entry: Entry): Entry => ({ ...entry, origin: { kind: 'base', label: 'the base' } });
const layer = (...entries: Entry[]): LayerSpec => ({ entries: entries.map(ofBase) });
const member = (path: string, mtime: number, more: Partial<LayerMember> = {}): LayerMember => ({
  path,
  kind: 'file',
  mtime,
  ...more,
});
const timed = (...members: LayerMember[]): LayerSpec => ({ ...layer(file('a'), file('b'), file('c')), members });
const device = (minor: number): Entry => ({
  kind: 'character-device',
  path: 'dev/x',
  mode: 0o600,
  uid: 0,
  gid: 0,
  deviceMajor: 1,
  deviceMinor: minor,
  origin: { kind: 'base', label: 'the base' },
});

/** A difference as a line; digests and what follows from them by their first digits. */
const lineOf = ({ where, path, expected, found, cause }: Difference): string =>
  `${where}${path === undefined ? '' : ` ${path}`}: ${expected} -> ${found} | ${cause}`.replace(
    /sha256:([0-9a-f]{4})[0-9a-f]{60}/g,
    'sha256:$1',
  );

const shortOf = (text: string): string => digestOf(text).slice(0, 11);
const A = shortOf('a');
const LAYER = 'layer 1 (linux/amd64)';
const CONFIG = 'config (linux/amd64)';
const MANIFEST = 'manifest (linux/amd64)';
const [first, second] = ['1970-01-01T00:00:01Z', '1970-01-01T00:00:02Z'];

const ROWS: readonly (readonly [
  title: string,
  before: ImageSpec,
  after: ImageSpec,
  lines: readonly (string | RegExp)[],
])[] = [
  ['nothing', { layers: [layer(file('a'))] }, { layers: [layer(file('a'))] }, []],
  [
    'a content',
    { layers: [layer(file('a', '1'))] },
    { layers: [layer(file('a', '2'))] },
    [`${LAYER} /a: file 0644 0:0 ${shortOf('1')} -> file 0644 0:0 ${shortOf('2')} | Its content differs.`],
  ],
  [
    'mode and owner',
    { layers: [layer(file('a'))] },
    { layers: [layer(file('a', 'a', { mode: 0o755, uid: 1 }))] },
    [`${LAYER} /a: file 0644 0:0 ${A} -> file 0755 1:0 ${A} | Its mode and owner differ: 0644 → 0755, 0:0 → 1:0.`],
  ],
  [
    'a target',
    { layers: [layer(symlink('l', 'a'))] },
    { layers: [layer(symlink('l', 'b'))] },
    [`${LAYER} /l: symlink 0777 0:0 -> a -> symlink 0777 0:0 -> b | Its target differs: a → b.`],
  ],
  [
    'an attribute',
    { layers: [layer(file('a'))] },
    {
      layers: [layer({ ...(file('a') as Entry & { kind: 'file' }), xattrs: new Map([['user.x', Uint8Array.of(7)]]) })],
    },
    [`${LAYER} /a: file 0644 0:0 ${A} -> file 0644 0:0 ${A} user.x=0x07 | Its xattrs differ: nothing → user.x=0x07.`],
  ],
  [
    'a device number',
    { layers: [layer(device(3))] },
    { layers: [layer(device(4))] },
    [
      `${LAYER} /dev/x: character-device 0600 0:0 1:3 -> character-device 0600 0:0 1:4 | Its device differs: 1:3 → 1:4.`,
    ],
  ],
  [
    'a kind',
    { layers: [layer(file('a'))] },
    { layers: [layer(directory('a'))] },
    [`${LAYER} /a: file 0644 0:0 ${A} -> directory 0755 0:0 | Its kind differs: file → directory.`],
  ],
  [
    'files that one has',
    { layers: [layer(file('a'), file('b'))] },
    { layers: [layer(file('b'), file('c'))] },
    [
      `${LAYER} /a: file 0644 0:0 ${A} -> absent | Only the first image has it.`,
      `${LAYER} /c: absent -> file 0644 0:0 ${shortOf('c')} | Only the second image has it.`,
    ],
  ],
  [
    'the time of one entry',
    { layers: [timed(member('a', 1), member('b', 1))] },
    { layers: [timed(member('a', 2), member('b', 1))] },
    [
      `${LAYER} /a: mtime ${first} -> mtime ${second} | Only set times are reproducible: the entry has the time at which it was written.`,
    ],
  ],
  [
    'the time of some entries',
    { layers: [timed(member('a', 1), member('b', 1), member('c', 1))] },
    { layers: [timed(member('a', 2), member('b', 2), member('c', 1))] },
    [
      `${LAYER}: mtime ${first} -> mtime ${second} | The time of 2 entries, first /a: they have that at which they were written.`,
    ],
  ],
  [
    'the time of all entries',
    { layers: [timed(member('a', 1), member('b', 1))] },
    { layers: [timed(member('a', 2), member('b', 2))] },
    [`${LAYER}: mtime ${first} -> mtime ${second} | The time of 2 entries, first /a: one time is set for all of them.`],
  ],
  [
    'the order in the tar',
    { layers: [timed(member('a', 1), member('b', 1), member('c', 1))] },
    { layers: [timed(member('a', 1), member('c', 1), member('b', 1))] },
    [
      `${LAYER}: entry 2 is /b -> entry 2 is /c | The same entries stand in the tar in another order: a directory was listed, or jobs ended, in another one.`,
    ],
  ],
  [
    'a hard link',
    { layers: [timed(member('a', 1), member('b', 1))] },
    { layers: [timed(member('a', 1), member('b', 1, { kind: 'hardlink', linkTarget: 'a' }))] },
    [`${LAYER} /b: file -> hard link to /a | One file under two names in the one image is two files in the other.`],
  ],
  [
    'the compression',
    { layers: [layer(file('a'))] },
    { layers: [{ ...layer(file('a')), compression: 'zstd' }] },
    [
      `${LAYER} mediaType: ${MediaTypes.layerGzip} -> ${MediaTypes.layerZstd} | Another tool, or another compression, wrote the layer.`,
      /^layer 1 .*, 4 bytes -> .*, 4 bytes \| The tar is the same, its compression is not: gzip → zstd\.$/,
    ],
  ],
  [
    'the level of compression',
    { layers: [layer(file('a'))] },
    { layers: [{ ...layer(file('a')), compression: 'another' }] },
    [/, 4 bytes -> .*, 7 bytes \| The tar is the same, its compression is not: another program, version or level/],
  ],
  [
    'a layer more',
    { layers: [layer(file('a')), layer(file('c'))] },
    { layers: [layer(file('a')), layer(file('b')), layer(file('c'))] },
    [/^layer 2 \(linux\/amd64\): absent -> sha256:.* \| Only the second image has the layer\.$/],
  ],
  [
    'a layer less',
    { layers: [layer(file('a')), layer(file('b'))] },
    { layers: [layer(file('a'))] },
    [/^layer 2 \(linux\/amd64\): sha256:.* -> absent \| Only the first image has the layer\.$/],
  ],
  [
    'the order of the layers',
    { layers: [layer(file('a')), layer(file('b'))] },
    { layers: [layer(file('b')), layer(file('a'))] },
    ['layers (linux/amd64): 1, 2 -> 2, 1 | The order of the layers is another one.'],
  ],
  [
    'a layer more and another one that changed',
    { layers: [layer(file('a', '1'), file('x'))] },
    { layers: [layer(file('new')), layer(file('a', '2'), file('x'))] },
    [
      /^layer 1 .*: absent -> .* \| Only the second image has the layer\.$/,
      /^layer 2 \(linux\/amd64\) \/a: .* \| Its content differs\.$/,
    ],
  ],
  [
    'a layer instead of another one that has a file in common with it',
    { layers: [{ ...layer(file('a'), file('b'), file('c')), name: 'app' }] },
    { layers: [{ ...layer(file('a', 'x'), file('y'), file('z')), name: 'web' }] },
    [
      /^layer web \(linux\/amd64\): absent -> .* \| Only the second image has the layer\.$/,
      /^layer app \(linux\/amd64\): .* -> absent \| Only the first image has the layer\.$/,
    ],
  ],
  [
    'the name of a layer',
    { layers: [{ ...layer(file('a')), name: 'app' }], config: { history: [{ created_by: 'app' }] } },
    { layers: [{ ...layer(file('a')), name: 'web' }], config: { history: [{ created_by: 'web' }] } },
    [
      'layer web (linux/amd64): layer app -> layer web | Layer app has a new name.',
      `${CONFIG} history[0].created_by: "app" -> "web" | The value is another one.`,
    ],
  ],
  [
    'the base',
    { layers: [layer(file('a', '1'))], below: 1, base: { reference: 'debian:12', digest: digestOf('1') } },
    { layers: [layer(file('a', '2'))], below: 1, base: { reference: 'debian:12', digest: digestOf('2') } },
    [
      /^base \(linux\/amd64\): sha256:.* -> sha256:.* \| The base moved: debian:12 sha256:6b86b273ff34 → sha256:d4735e3a265e\.$/,
      /^layer 1 \(linux\/amd64\) \/a: .* \| the base moved: debian:12 .*\.$/,
    ],
  ],
  [
    'packages',
    { layers: [layer(file('a', '1'))], packages: { libc6: '2.36-9', gone: '1' } },
    { layers: [layer(file('a', '2'))], packages: { libc6: '2.36-10', new: '2' } },
    [
      'packages (linux/amd64) gone: 1 -> absent | Package gone: 1 → absent.',
      'packages (linux/amd64) libc6: 2.36-9 -> 2.36-10 | Package libc6: 2.36-9 → 2.36-10.',
      'packages (linux/amd64) new: absent -> 2 | Package new: absent → 2.',
      /^layer 1 /,
    ],
  ],
  [
    'settings',
    { config: { created: first, config: { Env: ['A=1', 'B=1'], Labels: { x: 'y' } } }, annotations: { k: 'v' } },
    { config: { created: second, config: { Env: ['A=2', 'B=1'], Labels: {} } }, annotations: { k: 'w' } },
    [
      `${MANIFEST} annotations.k: "v" -> "w" | The value is another one.`,
      `${CONFIG} created: "${first}" -> "${second}" | The time of the image is another one.`,
      `${CONFIG} env.A: "1" -> "2" | The value is another one.`,
      `${CONFIG} labels.x: "y" -> absent | Only the first image has it.`,
    ],
  ],
  [
    'a setting that nobody knows',
    { config: { config: { Healthcheck: { Test: ['a'] } } } },
    { config: { config: { Healthcheck: { Test: ['b'] } }, 'x.y': 1 } },
    [
      `${CONFIG} Healthcheck: {"Test":["a"]} -> {"Test":["b"]} | The value is another one.`,
      `${CONFIG} x.y: absent -> 1 | Only the second image has it.`,
    ],
  ],
  [
    'the order of variables',
    { config: { config: { Env: ['A=1', 'B=1'] } } },
    { config: { config: { Env: ['B=1', 'A=1'] } } },
    [`${CONFIG} env: A=1 B=1 -> B=1 A=1 | The variables are the same, in another order.`],
  ],
  [
    'the history',
    { config: { history: [{ created_by: 'a', comment: 'x' }] } },
    { config: { history: [{ created_by: 'b', comment: 'x' }, { created_by: 'c' }] } },
    [
      `${CONFIG} history[0].created_by: "a" -> "b" | The value is another one.`,
      `${CONFIG} history[1]: absent -> {"created_by":"c"} | Only one of the images has the step.`,
    ],
  ],
  [
    'media types of the manifest',
    {},
    { manifest: { mediaType: MediaTypes.dockerManifest } },
    [`${MANIFEST} mediaType: "${MediaTypes.manifest}" -> "${MediaTypes.dockerManifest}" | The value is another one.`],
  ],
  [
    'an index that one has',
    {},
    { index: {} },
    ['index: absent -> an index | Only one of the images is a list for several platforms.'],
  ],
  [
    'annotations of the index',
    { index: { annotations: { a: '1' } } },
    { index: { annotations: { a: '2' } } },
    ['index annotations.a: "1" -> "2" | The value is another one.'],
  ],
  [
    'platforms',
    { index: {}, platforms: ['linux/amd64', 'linux/arm'] },
    { index: {}, platforms: ['linux/amd64', 'linux/arm64'] },
    [
      'index manifests: linux/amd64, linux/arm -> linux/amd64, linux/arm64 | The index lists other images, or other things that belong to them.',
      /^platform linux\/arm64: absent -> sha256:.* \| Only the second image has the platform\.$/,
      /^platform linux\/arm: sha256:.* -> absent \| Only the first image has the platform\.$/,
    ],
  ],
  [
    'the order of platforms',
    { index: {}, platforms: ['linux/amd64', 'linux/arm64'] },
    { index: {}, platforms: ['linux/arm64', 'linux/amd64'] },
    [
      'index manifests: linux/amd64, linux/arm64 -> linux/arm64, linux/amd64 | The order of the platforms is another one.',
    ],
  ],
];

describe('two images that differ in', () => {
  it.each(ROWS)('%s are told apart by just that', (_, before, after, lines) => {
    const found = diffImages(imageOf(before), imageOf(after)).map(lineOf);
    expect(found).toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  });

  it('an artifact that is not reproducible are told its name', () => {
    const artifact = (output: string) => [
      { name: 'app', key: digestOf('key') as never, output: digestOf(output), facts: { command: 'x' } },
    ];
    const made = (text: string): LayerSpec => ({
      name: 'app',
      entries: [{ ...file('bin/app', text), origin: { kind: 'artifact', label: 'artifact app', source: 'app' } }],
    });
    const [difference] = diffImages(
      imageOf({ layers: [made('1')], artifacts: artifact('1') }),
      imageOf({ layers: [made('2')], artifacts: artifact('2') }),
    );
    expect(difference).toMatchObject({
      path: '/bin/app',
      isUnexplained: true,
      cause:
        'artifact app: its command, inputs and tools are the same, but its output is not: the command is not reproducible.',
    });
  });
});

describe('any two images', () => {
  const entries = fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 })
    .chain((paths) =>
      fc.tuple(...paths.map((path) => fc.constantFrom('1', '2').map((text) => ofBase(file(path, text))))),
    );
  const layers = fc.array(fc.record({ entries, compression: fc.constantFrom('gzip', 'zstd') }), { maxLength: 4 });
  const spec = fc.record(
    {
      layers,
      annotations: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
      config: fc.record({
        created: fc.constantFrom(first, second),
        config: fc.record({ Env: fc.constantFrom(['A=1'], []) }),
      }),
      index: fc.constantFrom({}, { annotations: { a: 'b' } }),
    },
    { requiredKeys: [] },
  );

  it('differ just where their digests do', () => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const [left, right] = [imageOf(before), imageOf(after)];
        const isSame = left.record.digest === right.record.digest;
        expect(diffImages(left, right).length === 0).toBe(isSame);
        expect(diffImages(right, left).length === 0).toBe(isSame);
        expect(diffImages(left, imageOf(before))).toEqual([]);
      }),
    );
  });
});

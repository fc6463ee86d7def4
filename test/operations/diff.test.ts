import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference, type Reference } from '../../src/oci/index.js';
import { applyImage, copyImage, type DiffResult, diffImages } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { layerOf, makeImage, makeIndex, putImage, type TestImage, writeLayout } from '../support/registry/images.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

type Files = Parameters<typeof layerOf>[0];

const imageOf = async (layers: readonly Files[], more: Parameters<typeof makeImage>[0] = {}): Promise<TestImage> =>
  makeImage({ layers: await Promise.all(layers.map((files) => layerOf(files))), gzip: true, ...more });

/** Two images of anybody, in a registry as `a:1` and `b:1`, and in a layout. */
async function twoImages(before: TestImage, after: TestImage) {
  const registry = await openRegistry();
  putImage(registry.repository('a'), before, '1');
  putImage(registry.repository('b'), after, '1');
  const made = strangerWorkspace({});
  const layout = made.path('layout');
  writeLayout(layout, { a: before, b: after });
  const far = (name: string): Reference => parseReference(`docker://${registry.authority}/${name}:1`);
  const near = (name: string): Reference => parseReference(`oci:${layout}:${name}`);
  const diff = (left: Reference, right: Reference): Promise<DiffResult> =>
    diffImages(host, { ...made.options, before: left, after: right });
  return { ...made, registry, far, near, diff };
}

const places = ({ differences }: DiffResult) => differences.map(({ where, path }) => [where, path]);

describe('a diff', () => {
  it('of an image with itself reads documents only, and says that it is the same', async () => {
    const image = await imageOf([{ a: 'a' }, { b: 'b' }]);
    const { registry, far, near, diff } = await twoImages(image, image);
    const result = await diff(far('a'), near('b'));
    expect(result).toEqual({
      before: { reference: `docker://${registry.authority}/a:1`, digest: image.digest },
      after: {
        reference: `oci:${near('b').transport === 'oci' ? (near('b') as { path: string }).path : ''}:b`,
        digest: image.digest,
      },
      isSame: true,
      differences: [],
    });
    const blobs = requestsOf(registry).filter((line) => line.includes('/blobs/'));
    expect(blobs).toEqual(['GET a/blobs/…']);
  });

  it('reads the layers that are not in both, once, and the contents of files that differ from them', async () => {
    const shared = { 'usr/lib/shared': 'shared' };
    const before = await imageOf([shared, { 'etc/motd': 'one\n', 'etc/same': 'same', 'etc/mode': 'x' }]);
    const after = await imageOf([shared, { 'etc/motd': 'two\n', 'etc/same': 'same', 'etc/mode': { link: 'motd' } }]);
    const { registry, far, diff, options } = await twoImages(before, after);
    const result = await diff(far('a'), far('b'));
    expect(result.isSame).toBe(false);
    expect(places(result)).toEqual([
      ['layer 2 (linux/amd64)', '/etc/mode'],
      ['layer 2 (linux/amd64)', '/etc/motd'],
    ]);
    expect(result.differences[1]!.findings).toMatchObject([
      { kind: 'text', where: 'line 1', before: 'one', after: 'two' },
    ]);
    const layers = (image: TestImage) => JSON.parse(image.documents.get(image.digest)!.bytes.toString()).layers;
    expect(layers(before)[0]).toEqual(layers(after)[0]);
    const asked = registry.requests
      .filter(({ path }) => path.includes('/blobs/'))
      .map(({ path }) => path.slice('/v2/'.length));
    const wanted = (name: string, image: TestImage) => `${name}/blobs/${layers(image)[1].digest}`;
    for (const path of [wanted('a', before), wanted('b', after)])
      expect(asked.filter((other) => other === path)).toHaveLength(1);
    expect(asked.filter((path) => path.endsWith(layers(before)[0].digest))).toEqual([]);
    expect(options.cacheDirectory).toBeDefined();
  });

  it('says the same of images wherever they are', async () => {
    const before = await imageOf([{ a: 'a' }], { config: { Env: ['A=1'], Cmd: ['/a'] } });
    const after = await imageOf([{ a: 'b' }, { c: 'c' }], { config: { Env: ['A=2'], Cmd: ['/a'] } });
    const { far, near, diff, path, options } = await twoImages(before, after);
    const archive = parseReference(`oci-archive:${path('archive.tar')}:v1`);
    const directory = parseReference(`dir:${path('directory')}`);
    await copyImage(host, { ...options, from: near('b'), to: archive });
    await copyImage(host, { ...options, from: near('b'), to: directory });
    const { differences } = await diff(near('a'), near('b'));
    expect(differences.length).toBeGreaterThan(2);
    for (const other of [far('b'), archive, directory]) {
      expect((await diff(near('a'), other)).differences).toEqual(differences);
      expect((await diff(far('a'), other)).differences).toEqual(differences);
    }
  });

  it('never lacks a difference where digests differ, and compares one platform where that is asked for', async () => {
    const amd64 = await imageOf([{ a: 'a' }]);
    const arm64 = await imageOf([{ a: 'a' }], { architecture: 'arm64' });
    const other = await imageOf([{ a: 'other' }], { architecture: 'arm64' });
    const { near, diff, options } = await twoImages(makeIndex([amd64, arm64]), makeIndex([amd64, other]));
    const whole = await diff(near('a'), near('b'));
    expect(places(whole)).toEqual([['layer 1 (linux/arm64)', '/a']]);
    const of = (architecture: string) =>
      diffImages(host, { ...options, before: near('a'), after: near('b'), platform: { os: 'linux', architecture } });
    expect(await of('amd64')).toMatchObject({ isSame: true, before: { digest: amd64.digest } });
    expect(places(await of('arm64'))).toEqual([['layer 1 (linux/arm64)', '/a']]);
    expect(await failureOf(of('s390x'))).toMatchObject({ code: 'image-missing' });
  });

  it('names packages, also where only one of the images has a layer that changes them', async () => {
    const status = (packages: Readonly<Record<string, string>>) =>
      Object.entries(packages)
        .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`)
        .join('\n');
    const file = 'var/lib/dpkg/status';
    const base = { [file]: status({ libc6: '1', zlib: '1' }) };
    const packages = async (before: readonly Files[], after: readonly Files[]) => {
      const { near, diff } = await twoImages(await imageOf(before), await imageOf(after));
      const { differences } = await diff(near('a'), near('b'));
      return differences
        .filter(({ where }) => where === 'packages (linux/amd64)')
        .map(({ path, expected, found }) => [path, expected, found]);
    };
    const more = { [file]: status({ libc6: '2', curl: '1', zlib: '1' }) };
    const changes = [
      ['curl', 'absent', '1'],
      ['libc6', '1', '2'],
    ];
    expect(await packages([base], [more])).toEqual(changes);
    expect(await packages([base], [base, more])).toEqual(changes);
    expect(await packages([base], [base, { other: 'file' }])).toEqual([]);
  });

  it('tells an index from the image that is in it', async () => {
    const image = await imageOf([{ a: 'a' }]);
    const { near, diff } = await twoImages(makeIndex([image]), image);
    const { isSame, differences } = await diff(near('a'), near('b'));
    expect(isSame).toBe(false);
    expect(differences).not.toEqual([]);
  });

  it('has names for all layers, also where a base and an image on it call theirs alike', async () => {
    const layers = (text: string) => `version: 1
platforms: [linux/amd64]
base: BASE
layers: [{ name: app, contents: [{ text: "${text}", to: /${text} }] }]
`;
    const { path, options, write, directory } = strangerWorkspace({});
    const build = async (name: string, base: string) => {
      const file = `${name}.yaml`;
      write(file, layers(name).replace('BASE', base));
      const destinations = [parseReference(`oci:${join(directory, name)}:v1`)];
      await applyImage(host, { ...options, file: path(file), destinations, frozen: false });
      return destinations[0]!;
    };
    await build('base', 'scratch');
    const one = await build('one', `oci:${join(directory, 'base')}:v1`);
    await build('other', 'scratch');
    const two = await build('two', `oci:${join(directory, 'other')}:v1`);
    const result = await diffImages(host, { ...options, before: one, after: two });
    expect(new Set(result.differences.map(({ where }) => where))).toEqual(
      new Set(['base (linux/amd64)', 'layer 1 (linux/amd64)', 'layer app (linux/amd64)']),
    );
  });
});

describe('a diff of images that have their records', () => {
  const yaml = (words: string) => `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  words:
    run: tr a-z A-Z < words.txt > "$OUT/words"
    inputs: { include: [words.txt] }
    tools: [tr]
    env: { WORDS: "${words}" }
layers: [{ name: app, contents: [{ artifact: words, to: / }, { files: ./etc, to: /etc }] }]
`;

  it('names the inputs that changed, and reads only the layers that hold files that differ', async () => {
    const registry = await openRegistry();
    const { path, options, write } = strangerWorkspace({
      'words.txt': 'one\n',
      'etc/motd': 'hello\n',
      'image.yaml': yaml('a'),
    });
    const push = async (tag: string) => {
      const reference = parseReference(`docker://${registry.authority}/app:${tag}`);
      await applyImage(host, { ...options, file: path('image.yaml'), destinations: [reference], frozen: false });
      return reference;
    };
    const before = await push('1');
    write('words.txt', 'two\n');
    const after = await push('2');
    requestsOf(registry);
    const { cacheDirectory: _, ...network } = options;
    const diff = (cache: string) => diffImages(host, { ...network, cacheDirectory: path(cache), before, after });
    const { differences } = await diff('other cache');
    expect(differences.map(({ where, path: at }) => [where, at])).toEqual([['layer app (linux/amd64)', '/words']]);
    expect(differences[0]!.cause).toMatch(/^artifact words: words\.txt changed/);
    const layers = requestsOf(registry).filter((line) => line.startsWith('GET app/blobs/'));
    // Two configs, two records, two layers.
    expect(layers).toHaveLength(6);
  });
});

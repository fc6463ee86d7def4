import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Files } from '../../src/host/index.js';
import { type Digest, parseReference } from '../../src/oci/index.js';
import { applyImage, inspectImage, listFiles, planImage, verifyImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { readLayout } from '../support/layout.js';
import { watchedHost, workspace } from './support.js';

const host = createNodeHost();

const SITE = `version: 1
name: example.com/site
tags: [v1]
platforms: [linux/amd64]
base: scratch
layers:
  - name: pages
    contents:
      - files: pages
        to: /srv
  - name: facts
    contents:
      - text: "hello\\n"
        to: /etc/motd
config:
  env: { PORT: "80" }
`;

const site = () => workspace({ 'image.yaml': SITE, 'pages/a.txt': 'a\n', 'pages/b/c.txt': 'c\n' });
const PAST = new Date(2020, 1, 1);

describe('plan and apply', () => {
  it('agree on the digest, and the layout has it', async () => {
    const { request, path } = site();
    const plan = await planImage(host, request);
    const destinations = [parseReference(`oci:${path('out')}`)];
    const applied = await applyImage(host, { ...request, destinations });
    expect(plan.digest).toMatch(/^sha256:/);
    expect(applied.digest).toBe(plan.digest);
    expect(readLayout(path('out'), 'v1').digest).toBe(plan.digest);
    expect(plan.summary).toMatchObject({ changed: true, layersToBuild: 2, layersReused: 0 });
  });

  it('say that nothing changed, and then no input is opened', async () => {
    const { request, directory, path } = site();
    for (const name of ['pages/a.txt', 'pages/b/c.txt']) utimesSync(path(name), PAST, PAST);
    await applyImage(host, { ...request, destinations: [] });
    // Contents that are younger than the memory of them are not trusted: wait until they are old enough.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await planImage(host, request);
    const watched = watchedHost(join(directory, 'source'));
    const plan = await planImage(watched.host, request);
    expect(plan.summary).toMatchObject({ changed: false, layersToBuild: 0, layersReused: 2 });
    expect(plan.previous?.digest).toBe(plan.digest);
    expect(watched.opened).toEqual(['image.yaml']);
  });

  it('name the cause of every change', async () => {
    const { request, path, write } = site();
    await applyImage(host, { ...request, destinations: [] });
    appendFileSync(path('pages/a.txt'), 'more');
    write('pages/new.txt', 'new');
    rmSync(path('pages/b/c.txt'));
    write('image.yaml', SITE.replace('PORT: "80"', 'PORT: "81", NEW: "x"').replace('hello', 'bye'));
    const plan = await planImage(host, request);
    const [pages, facts] = plan.platforms[0]!.layers;
    expect(pages!.changes.map(({ change, path: at, cause }) => [change, at, cause.text])).toEqual([
      ['changed', '/srv/a.txt', 'pages/a.txt changed'],
      ['removed', '/srv/b/c.txt', 'files pages: pages/b/c.txt is gone or no longer selected'],
      ['added', '/srv/new.txt', 'pages/new.txt is new'],
    ]);
    expect(facts!.changes.map(({ path: at, cause }) => [at, cause.text, cause.at?.line])).toEqual([
      ['/etc/motd', 'text at /etc/motd changed', 13],
    ]);
    expect(
      plan.platforms[0]!.config.map(({ field, before, after, cause }) => [field, before, after, cause.at?.line]),
    ).toEqual([
      ['env.NEW', null, 'x', 16],
      ['env.PORT', '80', '81', 16],
    ]);
  });

  it('name the input that this image.yaml had, though another one, or an earlier state of it, made the same layer', async () => {
    const text = (name: string) => SITE.replace('files: pages', `files: ${name}`);
    const { request, path, write } = workspace({
      ...{ 'one/image.yaml': text('other'), 'one/other/a.txt': 'a\n' },
      ...{ 'two/image.yaml': text('in'), 'two/in/a.txt': 'a\n', 'two/in/b.txt': 'b\n', 'one/other/b.txt': 'b\n' },
    });
    const applied = (name: string) => applyImage(host, { ...request, file: path(name), destinations: [] });
    const causesWithout = async (name: string): Promise<unknown> => {
      rmSync(path(name));
      const plan = await planImage(host, { ...request, file: path('two') });
      return plan.platforms[0]!.layers[0]!.changes.map(({ cause }) => cause.text);
    };
    await applied('one');
    await applied('two');
    expect(await causesWithout('two/in/a.txt')).toEqual(['files in: in/a.txt is gone or no longer selected']);
    renameSync(path('two/in'), path('two/new'));
    write('two/new/a.txt', 'a\n');
    write('two/image.yaml', text('new'));
    await applied('two');
    expect(await causesWithout('two/new/a.txt')).toEqual(['files new: new/a.txt is gone or no longer selected']);
  });

  it('say where a content is declared now, though something of it is gone', async () => {
    const { request, path, write } = site();
    await applyImage(host, { ...request, destinations: [] });
    rmSync(path('pages/b/c.txt'));
    write('image.yaml', `# one\n# two\n${SITE}`);
    const plan = await planImage(host, request);
    expect(plan.platforms[0]!.layers[0]!.changes).toMatchObject([{ change: 'removed', cause: { at: { line: 11 } } }]);
  });

  it('build only the layer that changed', async () => {
    const { request, path } = site();
    await applyImage(host, { ...request, destinations: [] });
    appendFileSync(path('pages/a.txt'), 'more');
    const plan = await planImage(host, request);
    expect(plan.platforms[0]!.layers.map(({ name, status, cached }) => [name, status, cached])).toEqual([
      ['pages', 'changed', false],
      ['facts', 'same', true],
    ]);
  });

  it('do not write two destinations into one archive', async () => {
    const { request, path } = site();
    const destinations = [`oci-archive:${path('out.tar')}:a`, `docker-archive:${path('x')}/../out.tar:b`].map(
      parseReference,
    );
    const error = await failureOf(applyImage(host, { ...request, destinations }));
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('are one file') });
    expect(existsSync(path('out.tar'))).toBe(false);
  });

  it('compare with an image elsewhere', async () => {
    const { request, path } = site();
    const reference = parseReference(`oci-archive:${path('out.tar')}`);
    await applyImage(host, { ...request, destinations: [reference] });
    appendFileSync(path('pages/a.txt'), 'more');
    const other = { ...request, cacheDirectory: path('other-cache') };
    const plan = await planImage(host, { ...other, against: { ...reference, tag: 'v1' } });
    expect(plan.previous?.from).toBe(`oci-archive:${path('out.tar')}:v1`);
    expect(plan.platforms[0]!.layers.map(({ name, status }) => [name, status])).toEqual([
      ['pages', 'changed'],
      ['facts', 'same'],
    ]);
    const changes = plan.platforms[0]!.layers[0]!.changes;
    expect(changes.map(({ path: at, cause }) => [at, cause.text])).toEqual([['/srv/a.txt', 'pages/a.txt changed']]);
  });

  it('warn of what is hardly meant', async () => {
    const { request, write } = workspace({
      'image.yaml': `${SITE}artifacts: { spare: { run: "true > $OUT/x" } }\n`,
      'pages/.git/HEAD': 'x',
      'pages/out/oci-layout': '{}',
    });
    const warnings = async () =>
      (await planImage(host, request)).warnings.map(({ message, at }) => [message, at?.line]);
    expect(await warnings()).toEqual([
      ['artifact spare is built, but no layer and no artifact uses it', 17],
      [expect.stringContaining('files pages takes along a git repository, to /srv/.git'), 9],
      [expect.stringContaining('files pages takes along an OCI layout, to /srv/out/oci-layout'), 9],
    ]);
    write('image.yaml', SITE.replace('files: pages', 'files: pages\n        exclude: [".git", out]'));
    write('pages/a.txt', 'a');
    expect(await warnings()).toEqual([]);
    write('image.yaml', SITE.replace(/layers:.*config:/s, 'layers:\n  - { name: no, contents: [] }\nconfig:'));
    expect(await warnings()).toEqual([['layer no is empty: it adds nothing to what lies below', 7]]);
  });

  it('leave nothing at the destination when the build fails', async () => {
    const { request, path, write } = site();
    write('image.yaml', SITE.replace('files: pages', 'files: pagse'));
    const destinations = [parseReference(`oci:${path('out')}`)];
    expect(await failureOf(applyImage(host, { ...request, destinations }))).toMatchObject({
      code: 'input-missing',
      at: { line: 9 },
    });
    expect(existsSync(path('out'))).toBe(false);
  });

  it('tell the failure that was there first, though the memory of digests cannot be written either', async () => {
    const { request, path, write } = site();
    utimesSync(path('pages/a.txt'), PAST, PAST);
    // The time of the last change cannot be set: wait until the digest is worth remembering.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    let isFull = false;
    const files: Files = {
      ...host.files,
      openRead(file) {
        isFull ||= file.endsWith('a.txt');
        return host.files.openRead(file);
      },
      createFile(file) {
        if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        return host.files.createFile(file);
      },
    };
    write('image.yaml', SITE.replace('to: /srv\n', 'to: /srv\n      - files: nothing\n        to: /etc\n'));
    expect(await failureOf(planImage({ ...host, files }, request))).toMatchObject({ code: 'input-missing' });
    expect(isFull).toBe(true);
  });

  it('write every tag of the manifest, and only the one that a destination names', async () => {
    const { request, path, write } = site();
    write('image.yaml', SITE.replace('[v1]', '[v1, latest]'));
    const all = parseReference(`oci:${path('all')}`);
    const one = parseReference(`oci:${path('one')}:mine`);
    const { destinations, digest } = await applyImage(host, { ...request, destinations: [all, one] });
    expect(destinations.map(({ tags }) => tags)).toEqual([['v1', 'latest'], ['mine']]);
    expect(readLayout(path('all'), 'latest').digest).toBe(digest);
    expect(readLayout(path('one'), 'mine').digest).toBe(digest);
  });
});

describe('the digest', () => {
  const digestOf = async (items: ReturnType<typeof workspace>, more = {}) =>
    (await planImage(host, { ...items.request, ...more })).digest;

  it('is the same for the pinned and the native codec, a cold and a half-warm cache, and through a symlink', async () => {
    const one = site();
    const expected = await digestOf(one);
    expect(await digestOf(one, { codec: 'pinned', cacheDirectory: one.path('c1') })).toBe(expected);
    rmSync(join(one.request.cacheDirectory, 'records', 'layer'), { recursive: true });
    expect(await digestOf(one)).toBe(expected);
    rmSync(join(one.request.cacheDirectory, 'blobs'), { recursive: true });
    expect(await digestOf(one)).toBe(expected);
    symlinkSync(one.path('.'), join(one.directory, 'link'));
    expect(await digestOf(one, { file: join(one.directory, 'link'), cacheDirectory: one.path('c2') })).toBe(expected);
  });

  it('is not touched by how image.yaml is written', async () => {
    const expected = await digestOf(site());
    const reformatted = workspace({
      'image.yaml': `\uFEFF# comment\r
config: {env: {PORT: '80'}}\r
base: "scratch"\r
layers: [{contents: [{to: /srv, files: pages}], name: pages}, {name: facts, contents: [{text: "hello\\n", to: /etc/motd}]}]\r
platforms:\r
- linux/amd64\r
version: 1\r
tags: ['v1']\r
name: example.com/site\r
`,
      'pages/a.txt': 'a\n',
      'pages/b/c.txt': 'c\n',
    });
    expect(await digestOf(reformatted)).toBe(expected);
  });
});

const ARTIFACT = `version: 1
platforms: [linux/amd64, linux/arm64]
base: scratch
artifacts:
  lower:
    run: cp words.txt "$OUT/words.txt"
    inputs: { include: [words.txt] }
    tools: [cp]
  upper:
    run: tr a-z A-Z < "$IN/lower/words.txt" > "$OUT/upper.txt"
    needs: { lower: lower }
    tools: [tr]
  machine:
    run: printf %s "\${platform.architecture}" > "$OUT/machine"
layers:
  - name: words
    contents:
      - artifact: upper
        to: /words
      - artifact: machine
        to: /machine
`;

describe('artifacts', () => {
  it('are known after apply, then cached, and a change says which input it was', async () => {
    const { request, path } = workspace({ 'image.yaml': ARTIFACT, 'words.txt': 'one\n' });
    const first = await planImage(host, request);
    expect(first.digest).toBeNull();
    expect(first.platforms[0]!.artifacts.map(({ name, status }) => [name, status])).toEqual([
      ['lower', 'runs'],
      ['upper', 'waits'],
      ['machine', 'runs'],
    ]);
    const applied = await applyImage(host, { ...request, destinations: [] });
    const second = await planImage(host, request);
    expect(second.digest).toBe(applied.digest);
    expect(second.summary).toMatchObject({ changed: false, artifactsToRun: 0 });
    appendFileSync(path('words.txt'), 'two\n');
    const again = await applyImage(host, { ...request, destinations: [] });
    const [layer] = again.plan.platforms[0]!.layers;
    expect(layer!.changes.map(({ path: at, cause }) => [at, cause.text])).toEqual([
      [
        '/words/upper.txt',
        expect.stringMatching(/^artifact upper: artifact lower changed \(sha256:\w+ → sha256:\w+\)$/),
      ],
    ]);
  });

  it('hide no change of the config while they have not run', async () => {
    const { request, path, write } = workspace({ 'image.yaml': ARTIFACT, 'words.txt': 'one\n' });
    await applyImage(host, { ...request, destinations: [] });
    appendFileSync(path('words.txt'), 'two\n');
    write('image.yaml', `${ARTIFACT}config: { env: { PORT: "80" } }\n`);
    const { digest, platforms } = await planImage(host, request);
    expect(digest).toBeNull();
    expect(platforms.map(({ config }) => config.map(({ field, after }) => [field, after]))).toEqual([
      [['env.PORT', '80']],
      [['env.PORT', '80']],
    ]);
  });

  it('give an index with the images of the platforms in their order', async () => {
    const { request, path } = workspace({ 'image.yaml': ARTIFACT, 'words.txt': 'one\n' });
    const reference = parseReference(`oci:${path('out')}:v1`);
    await applyImage(host, { ...request, destinations: [reference] });
    const inspected = await inspectImage(host, { reference });
    expect(inspected.images.map((image) => image.platform)).toEqual(['linux/amd64', 'linux/arm64']);
    const arm = { os: 'linux', architecture: 'arm64' };
    const { entries } = await listFiles(host, { ...request, reference, platform: arm });
    expect(entries.map((entry) => entry.path)).toEqual(['/machine', '/machine/machine', '/words', '/words/upper.txt']);
  });
});

describe('verify', () => {
  it('rebuilds the same bytes, and does not touch the cache it compares with', async () => {
    const { request } = workspace({ 'image.yaml': ARTIFACT, 'words.txt': 'one\n' });
    const { digest } = await applyImage(host, { ...request, destinations: [] });
    expect(await verifyImage(host, request)).toEqual({
      reproducible: true,
      expected: digest,
      found: digest,
      against: 'the last apply',
      differences: [],
      assertions: [],
    });
  });

  it('names an artifact that is not reproducible, and the file', async () => {
    const { request, write } = workspace({ 'image.yaml': ARTIFACT, 'words.txt': 'one\n' });
    write(
      'image.yaml',
      // Shut in, a command has the same process id each time.
      ARTIFACT.replace('cp words.txt "$OUT/words.txt"', () => 'date +%s%N > "$OUT/words.txt"').replaceAll(
        'tools: [',
        'tools: [date, ',
      ),
    );
    await applyImage(host, { ...request, destinations: [] });
    const { reproducible, differences } = await verifyImage(host, request);
    expect(reproducible).toBe(false);
    expect(differences[0]).toMatchObject({ where: 'layer words (linux/amd64)', path: '/words/upper.txt' });
    expect(differences[0]!.cause).toBe(
      'artifact upper: it needs the output of artifact lower, whose command is not reproducible.',
    );
  });

  it('compares with a digest and with an image, and names the file that is not as expected', async () => {
    const { request, path } = site();
    const reference = parseReference(`oci:${path('out')}:v1`);
    const { digest } = await applyImage(host, { ...request, destinations: [reference] });
    const against = (expected: NonNullable<Parameters<typeof verifyImage>[1]['expected']>) =>
      verifyImage(host, { ...request, cacheDirectory: path('other'), expected });
    expect(await against({ kind: 'digest', digest })).toMatchObject({ reproducible: true });
    expect(await against({ kind: 'image', reference })).toMatchObject({ reproducible: true });
    appendFileSync(path('pages/a.txt'), 'more');
    expect(await against({ kind: 'digest', digest })).toMatchObject({ reproducible: false, differences: [] });
    expect((await against({ kind: 'image', reference })).differences).toMatchObject([
      { where: 'layer pages (linux/amd64)', path: '/srv/a.txt', cause: 'pages/a.txt changed.' },
    ]);
  });

  it('names files by the paths that the user has for them', async () => {
    const { request, write, path } = site();
    write('image.yaml', SITE.replace('base: scratch', 'base: oci:nothing:v1'));
    const expected = { kind: 'digest', digest: `sha256:${'0'.repeat(64)}` as Digest } as const;
    const { code, message } = await failureOf(verifyImage(host, { ...request, expected }));
    expect([code, message]).toEqual(['base-missing', expect.stringContaining(`"${path('nothing')}"`)]);
  });

  it('says what to do where there is nothing to compare with', async () => {
    expect(await failureOf(verifyImage(host, site().request))).toMatchObject({ code: 'nothing-to-verify', exit: 1 });
  });
});

describe('an image on a base', () => {
  const BASE = `version: 1
platforms: [linux/amd64]
base: scratch
layers:
  - name: root
    contents:
      - { directory: /usr/lib, owner: "7:7" }
      - { symlink: usr/lib, to: /lib }
      - { directory: /tmp, mode: "1777" }
      - { text: base, to: /etc/release }
config: { env: { PATH: /bin }, labels: { base: "yes" } }
`;
  const DERIVED = `version: 1
platforms: [linux/amd64]
base: oci:../base-layout:v1
layers:
  - name: top
    contents:
      - { text: x, to: /lib/x }
      - { text: x, to: /tmp/x }
      - { text: base, to: /etc/release }
config: { env: { MORE: "1" } }
`;

  async function derived() {
    const base = workspace({ 'image.yaml': BASE });
    const layout = parseReference(`oci:${join(base.directory, 'base-layout')}:v1`);
    await applyImage(host, { ...base.request, destinations: [layout] });
    const top = join(base.directory, 'top');
    const request = { ...base.request, file: top };
    mkdirSync(top);
    writeFileSync(join(top, 'image.yaml'), DERIVED);
    return { base, layout, request, directory: base.directory };
  }

  it('keeps the base as it is, goes through its symlinks, and carries parents as they are there', async () => {
    const { request, directory, layout } = await derived();
    const reference = parseReference(`oci:${join(directory, 'out')}:v1`);
    await applyImage(host, { ...request, destinations: [reference] });
    const layer = await listFiles(host, { ...request, reference, layer: 1 });
    expect(layer.entries.map(({ path, mode, uid }) => [path, mode, uid])).toEqual([
      ['/tmp', '1777', 0],
      ['/tmp/x', '0644', 0],
      ['/usr', '0755', 0],
      ['/usr/lib', '0755', 7],
      ['/usr/lib/x', '0644', 0],
    ]);
    const [before] = (await inspectImage(host, { reference: layout })).images;
    const [after] = (await inspectImage(host, { reference })).images;
    expect(after!.manifest.layers[0]).toEqual(before!.manifest.layers[0]);
    expect(after!.config.config).toMatchObject({ Env: ['PATH=/bin', 'MORE=1'], Labels: { base: 'yes' } });
    expect(after!.manifest.annotations).toEqual({
      'org.opencontainers.image.base.name': 'oci:../base-layout:v1',
      'org.opencontainers.image.base.digest': before!.digest,
    });
    expect(await verifyImage(host, request)).toMatchObject({ reproducible: true });
    const expected = { kind: 'image', reference } as const;
    expect(await verifyImage(host, { ...request, expected })).toMatchObject({ reproducible: true });
  });

  it('says that the base moved', async () => {
    const { base, request, layout } = await derived();
    await applyImage(host, { ...request, destinations: [] });
    base.write('image.yaml', BASE.replace('text: base', 'text: newer'));
    await applyImage(host, { ...base.request, destinations: [layout] });
    const plan = await planImage(host, request);
    expect(plan.summary).toMatchObject({ changed: true, baseChanged: true });
    expect(plan.platforms[0]!.layers[0]!.changes.map(({ change, path }) => [change, path])).toEqual([
      ['added', '/etc'],
      ['added', '/etc/release'],
    ]);
  });

  it('is refused at its place, by plan already, with more layers than can be mounted', async () => {
    const { request, directory } = await derived();
    const file = join(directory, 'top', 'image.yaml');
    const layers = Array.from({ length: 127 }, (_, i) => `  - { name: l${i}, contents: [{ text: x, to: /x }] }\n`);
    writeFileSync(file, DERIVED.slice(0, DERIVED.indexOf('  - name')) + layers.slice(1).join(''));
    expect((await planImage(host, request)).digest).toMatch(/^sha256:/);
    writeFileSync(file, DERIVED.slice(0, DERIVED.indexOf('  - name')) + layers.join(''));
    expect(await failureOf(planImage(host, request))).toMatchObject({
      code: 'image-invalid',
      message: 'The image would have 128 layers, 1 of them from the base; runtimes mount no more than 127',
      at: { line: 3 },
    });
  });

  it('is refused at its place where the base is missing, lacks the platform or is damaged', async () => {
    const { request, directory } = await derived();
    const file = join(directory, 'top', 'image.yaml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('linux/amd64', 'linux/arm64'));
    expect(await failureOf(planImage(host, request))).toMatchObject({
      code: 'base-platform',
      at: { line: 3 },
      hint: expect.stringContaining('linux/amd64'),
    });
    writeFileSync(file, good.replace(':v1', ':v2'));
    expect(await failureOf(planImage(host, request))).toMatchObject({ code: 'base-missing', at: { line: 3 } });
    writeFileSync(file, good);
    const blobs = join(directory, 'base-layout/blobs/sha256');
    for (const name of readdirSync(blobs)) {
      const path = join(blobs, name);
      const bytes = readFileSync(path);
      if (bytes[0] !== 0x1f) continue;
      bytes[bytes.length - 9]! ^= 1;
      chmodSync(path, 0o644);
      writeFileSync(path, bytes);
    }
    const fresh = { ...request, cacheDirectory: join(directory, 'fresh') };
    expect(await failureOf(planImage(host, fresh))).toMatchObject({ code: 'blob-mismatch', exit: 4, at: { line: 3 } });
  });
});

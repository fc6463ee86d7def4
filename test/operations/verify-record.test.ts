import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, type VerifyResult, verifyRecord } from '../../src/operations/index.js';
import { makePinnedContents, openPinnedWorld, type PinnedWorld } from '../oracles/pinned-world.js';
import { failureOf } from '../support/failure-of.js';
import { makeTree, type TreeItem } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { layerOf, makeImage, putImage } from '../support/registry/images.js';
import type { TestRegistry } from '../support/registry/registry.js';
import { startServer } from '../support/registry/server.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

/** The machine where something of its environment is otherwise. */
const hostWith = (env: Partial<Host['env']>): Host => ({ ...host, env: Object.assign(Object.create(host.env), env) });

/** With this SOURCE_DATE_EPOCH. */
const at = (seconds: string): Host =>
  hostWith({ variable: (name) => (name === 'SOURCE_DATE_EPOCH' ? seconds : host.env.variable(name)) });

/** Builds the files and publishes what they make, with its record. */
async function publish(
  items: Readonly<Record<string, TreeItem>>,
  registry: TestRegistry,
  { image = 'image.yaml', host: builder = host }: { readonly image?: string; readonly host?: Host } = {},
) {
  const { directory, options, path } = strangerWorkspace({});
  const source = path('source');
  makeTree(source, items);
  const text = `docker://${registry.authority}/team/app:v1`;
  const reference = parseReference(text);
  const build = { ...options, file: join(source, image), destinations: [reference], frozen: false };
  const { digest } = await applyImage(builder, build);
  requestsOf(registry);
  const { document } = registry.repository('team/app').manifests.get(digest)!;
  const verify = (verifier: Host = host): Promise<VerifyResult> =>
    verifyRecord(verifier, { ...options, cacheDirectory: join(directory, 'other cache'), reference });
  /** From now on there is only what is in the registry. */
  const forget = (): void => {
    rmSync(source, { recursive: true });
    rmSync(options.cacheDirectory!, { recursive: true });
  };
  return { registry, digest, document, text, verify, forget, directory };
}

const published = async (items: Readonly<Record<string, TreeItem>>, image = 'image.yaml') =>
  publish(items, await openRegistry(), { image });

type Published = Awaited<ReturnType<typeof published>>;

/** Another record in place of the one that is there; whoever may push can attach one. */
function changeRecord({ registry, digest }: Published, change: (text: string) => string): void {
  const repository = registry.repository('team/app');
  const { manifests, blobs } = repository;
  const [name, { document }] = [...manifests].find(([, found]) => found.document.subject?.digest === digest)!;
  const [layer] = document.layers;
  const text = gunzipSync(blobs.get(layer.digest)!).toString();
  const changed = change(text);
  expect(changed).not.toBe(text);
  const bytes = gzipSync(changed);
  manifests.delete(name);
  const layers = [{ ...layer, digest: repository.putBlob(bytes), size: bytes.length }];
  repository.putManifest({ ...document, layers });
}

const YAML = `version: 1
platforms: [linux/amd64]
created: 86400
base: scratch
artifacts:
  words:
    run: tr a-z A-Z < words.txt > "$OUT/upper.txt"
    inputs: { include: [words.txt] }
    tools: [tr]
layers:
  - name: words
    owner: "7:8"
    contents:
      - { artifact: words, to: /words }
  - name: pages
    contents:
      - { files: ./pages, to: /srv/pages, exclude: ["*.tmp"] }
      - { text: "hello\\n", to: /etc/motd, mode: "0600" }
      - { directory: /var/empty, mode: "0700" }
      - { symlink: pages/a.txt, to: /srv/first }
  - name: users
    contents:
      - accounts: { users: [{ name: app, uid: 65532, gid: 65532, home: /srv }] }
config: { entrypoint: [/words/upper.txt], env: { PORT: "8080" }, labels: { a: b } }
annotations: { org.example: "yes" }
`;
const SITE = {
  'image.yaml': YAML,
  'words.txt': 'one\n',
  'pages/a.txt': 'a',
  'pages/sub/b.txt': 'b',
  'pages/c.tmp': 'c',
};
const TAKEN = ['layer words (linux/amd64): artifact words', 'layer pages (linux/amd64): files ./pages'];

describe('an image of a registry', () => {
  it('is rebuilt without its repository, and what was taken from the image is listed', async () => {
    const { digest, text, verify, forget, directory } = await published(SITE);
    forget();
    expect(await verify()).toEqual({
      reproducible: true,
      expected: digest,
      found: digest,
      against: text,
      differences: [],
      assertions: [],
      taken: TAKEN,
    });
    const left = readdirSync(join(directory, 'other cache'), { recursive: true, withFileTypes: true });
    expect(left.filter((item) => item.isFile() && item.parentPath.includes('blobs'))).toEqual([]);
  });

  it('keeps its time, whatever the environment says now', async () => {
    const registry = await openRegistry();
    const image = await publish(SITE, registry, { host: at('1000') });
    image.forget();
    expect((await image.verify(at('2000'))).found).toBe(image.digest);
    const config = registry.repository('team/app').blobs.get(image.document.config.digest)!;
    expect(JSON.parse(config.toString()).created).toBe('1970-01-01T00:16:40Z');
  });

  it('is rebuilt for the machine that it was built on, where image.yaml names no platform', async () => {
    const image = await published({ ...SITE, 'image.yaml': YAML.replace('platforms: [linux/amd64]\n', '') });
    image.forget();
    expect((await image.verify(hostWith({ architecture: 's390x' }))).found).toBe(image.digest);
  });

  it('is rebuilt for all its platforms, with another compression', async () => {
    const yaml = YAML.replace('[linux/amd64]', '[linux/arm64, linux/amd64]')
      .replace('base: scratch', 'base: scratch\ncompression: zstd')
      .replace('./pages,', '"./pages/${platform.architecture}",');
    const { verify, forget, digest } = await published({
      ...SITE,
      'image.yaml': yaml,
      'pages/arm64/a.txt': 'the same',
      'pages/amd64/a.txt': 'the same',
      'pages/amd64/b.txt': 'more',
    });
    forget();
    const { found, taken } = await verify();
    expect(found).toBe(digest);
    expect(taken).toEqual([
      'layer words (linux/arm64): artifact words',
      'layer pages (linux/arm64): files ./pages/arm64',
      'layer words (linux/amd64): artifact words',
      'layer pages (linux/amd64): files ./pages/amd64',
    ]);
  });

  it('may have one layer for two platforms that was made from two directories', async () => {
    const yaml = YAML.replace('[linux/amd64]', '[linux/arm64, linux/amd64]').replace(
      './pages,',
      '"./pages/${platform.architecture}",',
    );
    const both = { 'pages/arm64/a.txt': 'the same', 'pages/amd64/a.txt': 'the same' };
    const { verify, forget, digest } = await published({ 'image.yaml': yaml, 'words.txt': 'one\n', ...both });
    forget();
    expect((await verify()).found).toBe(digest);
  });

  it('takes accounts from the image where a file of the repository may be what they were added to', async () => {
    const layer = (contents: string) =>
      `version: 1\nplatforms: [linux/amd64]\nbase: scratch\nlayers: [{ name: users, contents: [${contents}] }]\n`;
    const accounts = '{ accounts: { users: [{ name: app, uid: 7, gid: 7, home: / }] } }';
    const files = (source: string) => `{ files: ${source}, to: /etc/ }`;
    const etc = { 'etc/passwd': 'root:x:0:0::/:/bin/sh\n', 'etc/group': 'root:x:0:\n', 'etc/hosts': 'hosts' };
    const taken: Record<string, readonly string[]> = {};
    for (const source of ['./etc', './etc/hosts']) {
      const { verify, forget, digest } = await published({
        'image.yaml': layer(`${files(source)}, ${accounts}`),
        ...etc,
      });
      forget();
      const result = await verify();
      expect(result.found).toBe(digest);
      taken[source] = result.taken!;
    }
    const place = 'layer users (linux/amd64):';
    expect(taken).toEqual({
      './etc': [`${place} files ./etc`, `${place} accounts`],
      './etc/hosts': [`${place} files ./etc/hosts`],
    });
  });

  it('is fetched for without a user name and a password of this machine, whoever the record names', async () => {
    const asked: (string | undefined)[] = [];
    const web = await startServer({
      name: 'web',
      handle: ({ headers }) => {
        asked.push(headers.authorization as string | undefined);
        return { status: 200, body: Buffer.from('fetched') };
      },
    });
    const netrc = strangerWorkspace({}).path('netrc');
    writeFileSync(netrc, 'default login me password secret\n', { mode: 0o600 });
    const user = hostWith({ variable: (name) => (name === 'NETRC' ? netrc : host.env.variable(name)) });
    try {
      const fetched = `      - { fetch: "${web.origin}/a", to: /opt/ }\n`;
      const yaml = YAML.replace('  - name: pages\n    contents:\n', (text) => `${text}${fetched}`);
      const image = await publish({ ...SITE, 'image.yaml': yaml }, await openRegistry(), { host: user });
      expect(asked.splice(0)).toContainEqual(expect.stringMatching(/^Basic /));
      image.forget();
      expect(await image.verify(user)).toMatchObject({ reproducible: true, taken: TAKEN });
      expect(new Set(asked)).toEqual(new Set([undefined]));
    } finally {
      await web.close();
    }
  });

  it('has its record send no secret of this machine anywhere, and run nothing', async () => {
    const asked: string[] = [];
    const web = await startServer({
      name: 'web',
      handle: ({ headers }) => {
        asked.push(String(headers.authorization));
        return { status: 200, body: Buffer.from('fetched') };
      },
    });
    try {
      const fetched = `      - { fetch: "${web.origin}/a", to: /opt/, headers: { authorization: { env: SECRET, prefix: "Bearer " } } }\n`;
      const commands =
        'assertions: { commands: [{ name: version, run: [/bin/version] }], files: [{ path: /opt/a }] }\n';
      const yaml = YAML.replace('  - name: pages\n    contents:\n', (text) => `${text}${fetched}`);
      const variable = (name: string) => (name === 'SECRET' ? 'secret' : host.env.variable(name));
      const registry = await openRegistry();
      const image = await publish({ ...SITE, 'image.yaml': yaml }, registry, { host: hostWith({ variable }) });
      expect(asked.splice(0)).toContain('Bearer secret');
      image.forget();
      changeRecord(image, (text) =>
        text.replace('annotations: { org', `${commands.replace('\n', '\\n').replaceAll('"', '\\"')}annotations: { org`),
      );
      const { found, taken, assertions } = await image.verify(hostWith({ variable }));
      expect(found).toBe(image.digest);
      expect(taken).toContain(`layer pages (linux/amd64): fetch ${web.origin}/a`);
      expect(asked).toEqual([]);
      expect(assertions).toMatchObject([
        { what: 'files /opt/a', outcome: 'holds' },
        {
          what: 'command version',
          platform: 'linux/amd64',
          outcome: 'skipped',
          message: expect.stringContaining('not run'),
        },
      ]);
    } finally {
      await web.close();
    }
  });

  it('is told apart from what its record would make, with the entry and the place in the recorded image.yaml', async () => {
    const image = await published(SITE);
    image.forget();
    changeRecord(image, (text) =>
      text.replace('hello\\\\n', 'other\\\\n').replace('PORT: \\"8080\\"', 'PORT: \\"9090\\"'),
    );
    const { reproducible, differences, expected } = await image.verify();
    expect([reproducible, expected]).toEqual([false, image.digest]);
    expect(differences.map(({ where, path }) => [where, path])).toEqual([
      ['layer pages (linux/amd64)', '/etc/motd'],
      ['config (linux/amd64)', 'env.PORT'],
    ]);
    expect(differences[0]!.at).toMatchObject({ file: 'image.yaml', line: 18, text: expect.stringContaining('other') });
    expect(JSON.stringify(differences)).not.toContain(image.directory);
  });
});

describe('what cannot be verified from a record', () => {
  it('is an image that is not in a registry', async () => {
    const { directory, options } = strangerWorkspace({});
    const reference = parseReference(`oci:${join(directory, 'nothing')}`);
    expect(await failureOf(verifyRecord(host, { ...options, reference }))).toMatchObject({ code: 'usage' });
  });

  it('is an image without a record', async () => {
    const registry = await openRegistry();
    putImage(registry.repository('a'), await makeImage({ layers: [await layerOf({ a: 'a' })], gzip: true }), 'v1');
    const reference = parseReference(`docker://${registry.authority}/a:v1`);
    const { options } = strangerWorkspace({});
    expect(await failureOf(verifyRecord(host, { ...options, reference }))).toMatchObject({
      code: 'record-missing',
      hint: expect.stringContaining('repository'),
    });
  });

  const broken: readonly [string, (text: string) => string, RegExp][] = [
    [
      'an image.yaml that is none',
      (text) => text.replace('version: 1', 'version: 9'),
      /brings an image\.yaml that is not valid/,
    ],
    [
      'an image.yaml for another platform',
      (text) => text.replace('platforms: [linux/amd64]', 'platforms: [linux/s390x]'),
      /linux\/s390x, which the image is not for/,
    ],
    ['a lock that is none', (text) => text.replace('"lock":null', '"lock":"{}"'), /brings a lock that is not valid/],
  ];
  it.each(broken)('is an image whose record has %s', async (_title, change, message) => {
    const image = await published(SITE);
    changeRecord(image, change);
    expect(await failureOf(image.verify())).toMatchObject({
      code: 'record-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('is an image with a damaged layer', async () => {
    const image = await published(SITE);
    const { manifests, blobs } = image.registry.repository('team/app');
    const { digest } = manifests.get(image.digest)!.document.layers[1];
    const bytes = Buffer.from(blobs.get(digest)!);
    bytes[bytes.length - 9]! ^= 1;
    blobs.set(digest, bytes);
    expect(await failureOf(image.verify())).toMatchObject({ code: 'blob-mismatch' });
  });
});

describe('the base of an image that is verified from its record', () => {
  const on = (base: string) => YAML.replace('base: scratch', `base: ${base}`).replace('/srv/first', '/lib/first');

  it('comes from its registry, where it is one of a registry', async () => {
    const registry = await openRegistry();
    const layers = [await layerOf({ 'usr/lib/a': 'a', lib: { link: 'usr/lib' } })];
    putImage(registry.repository('base'), await makeImage({ layers, gzip: true, config: { Env: ['A=1'] } }), '1');
    const image = await publish({ ...SITE, 'image.yaml': on(`docker://${registry.authority}/base:1`) }, registry);
    image.forget();
    const { found, taken } = await image.verify();
    expect([found, taken]).toEqual([image.digest, TAKEN]);
    expect(requestsOf(registry)).toContain('GET base/manifests/…');
  });

  it('is taken from the image where it was a layout of that machine', async () => {
    const registry = await openRegistry();
    const { directory, options, path } = strangerWorkspace({
      'image.yaml': `version: 1
platforms: [linux/amd64]
base: scratch
layers: [{ name: root, contents: [{ directory: /usr/lib, owner: "7:7" }, { symlink: usr/lib, to: /lib }] }]
config: { env: { PORT: "1", PATH: /bin }, cmd: [a], labels: { base: "yes" } }
`,
    });
    const layout = parseReference(`oci:${join(directory, 'layout')}:v1`);
    await applyImage(host, { ...options, file: path('image.yaml'), destinations: [layout], frozen: false });
    const base = `oci:${join(directory, 'layout')}:v1`;
    const image = await publish({ ...SITE, 'image.yaml': on(base) }, registry);
    image.forget();
    rmSync(join(directory, 'layout'), { recursive: true });
    const { found, taken } = await image.verify();
    expect([found, taken]).toEqual([image.digest, [`base ${base} (linux/amd64)`, ...TAKEN]]);
  });

  it('is taken from the image where it was another image.yaml', async () => {
    const base = YAML.replace('name: users', 'name: base-users').replace('name: words', 'name: base-words');
    const top = `version: 1
platforms: [linux/amd64]
base: ../base
layers: [{ name: top, contents: [{ text: "x", to: /srv/pages/x }, { remove: [/srv/pages/sub] }] }]
config: { env: { MORE: "1" } }
`;
    const inBase = Object.fromEntries(Object.entries(SITE).map(([path, item]) => [`base/${path}`, item]));
    const image = await published({ ...inBase, 'base/image.yaml': base, 'top/image.yaml': top }, 'top/image.yaml');
    image.forget();
    const { found, taken } = await image.verify();
    expect([found, taken]).toEqual([image.digest, ['base ../base (linux/amd64)']]);
  });
});

describe.skipIf(!need('dpkg-deb', 'xz'))('an image of pinned inputs', () => {
  const top = temporaryDirectory();
  let world: PinnedWorld;
  beforeAll(async () => {
    world = await openPinnedWorld(top.path, await makePinnedContents(top.path));
  });
  afterAll(() => world.close());

  it('is made anew from these, without the keyring, and nothing is taken', async () => {
    const image = await publish({ 'image.yaml': world.yaml, 'keyring.gpg': world.key.publicBytes }, world.registry);
    image.forget();
    const { found, taken } = await image.verify();
    expect([found, taken]).toEqual([image.digest, []]);
  });

  it('may be split over its packages, between which lie files that are taken', async () => {
    const split = world.yaml.replace(
      '  - name: packages\n    contents:\n',
      '  - name: packages\n    split: package\n    contents:\n      - { files: ./etc, to: /opt/etc }\n',
    );
    const items = { 'image.yaml': split, 'keyring.gpg': world.key.publicBytes, 'etc/motd': 'hello' };
    const image = await publish(items, world.registry);
    expect(image.document.layers.length).toBeGreaterThan(3);
    image.forget();
    const { found, taken } = await image.verify();
    expect([found, taken]).toEqual([image.digest, ['layer packages (linux/amd64): files ./etc']]);
  });

  it('is refused where a server has something else now, at the place in the recorded image.yaml', async () => {
    const image = await publish({ 'image.yaml': world.yaml, 'keyring.gpg': world.key.publicBytes }, world.registry);
    image.forget();
    const before = world.web.files.get('files/tool.bin')!;
    world.web.files.set('files/tool.bin', Buffer.from(before.toString().toUpperCase()));
    try {
      expect(await failureOf(image.verify())).toMatchObject({
        code: 'input-mismatch',
        exit: 4,
        at: { file: 'image.yaml' },
      });
    } finally {
      world.web.files.set('files/tool.bin', before);
    }
  });
});

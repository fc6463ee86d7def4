import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, type VerifyRequest, type VerifyResult, verifyImage } from '../../src/operations/index.js';
import {
  filesBelow,
  makePinnedContents,
  openPinnedWorld,
  type PinnedWorld,
  TOOL_DEB,
} from '../oracles/pinned-world.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';
import { workspace } from './support.js';

const host = createNodeHost();

const made = (run: string, tools: readonly string[] = []) => `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  made: { run: ${JSON.stringify(run)}, inputs: { include: [words.txt] }, tools: ${JSON.stringify(tools)}, sandbox: relaxed }
layers: [{ name: app, contents: [{ artifact: made, to: / }, { files: ./etc, to: /etc }] }]
`;

function flipped(bytes: Uint8Array): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1]! ^= 1;
  return changed;
}

describe('verify looks into files that differ', () => {
  const files = { 'words.txt': 'one\n', 'etc/motd': 'hello\nworld\n', 'etc/more': 'x', 'etc/other': 'y' };

  it('of the last apply, whose layers are in the cache', async () => {
    const { request, write } = workspace({ 'image.yaml': made('cp words.txt "$OUT"', ['cp']), ...files });
    await applyImage(host, { ...request, destinations: [] });
    const before = filesBelow(request.cacheDirectory);
    write('etc/motd', 'hello\nWorld\n');
    write('etc/more', 'X');
    write('etc/other', 'Y');
    write('words.txt', 'two\n');
    const { reproducible, differences } = await verifyImage(host, request);
    expect(reproducible).toBe(false);
    expect(differences.map(({ path, cause, findings }) => [path, cause, findings])).toEqual([
      [
        '/etc/more',
        expect.stringContaining('etc/more changed'),
        [expect.objectContaining({ before: 'x', after: 'X' })],
      ],
      [
        '/etc/motd',
        expect.stringContaining('etc/motd changed'),
        [expect.objectContaining({ kind: 'text', where: 'line 2', before: 'world', after: 'World' })],
      ],
      ['/etc/other', expect.stringContaining('etc/other changed'), [expect.objectContaining({ before: 'y' })]],
      ['/words.txt', expect.stringContaining('words.txt changed'), [expect.objectContaining({ before: 'one' })]],
    ]);
    expect([...filesBelow(request.cacheDirectory)]).toEqual([...before]);
  });

  it('as far as they are at hand: without the layers only their entries are compared', async () => {
    const { request, write } = workspace({ 'image.yaml': made('cp words.txt "$OUT"', ['cp']), ...files });
    await applyImage(host, { ...request, destinations: [] });
    rmSync(join(request.cacheDirectory, 'blobs'), { recursive: true });
    write('etc/motd', 'other\n');
    const { differences } = await verifyImage(host, request);
    expect(differences.map(({ path, findings }) => [path, findings])).toEqual([['/etc/motd', undefined]]);
  });

  it('of an image of a registry, whose record names the inputs that changed', async () => {
    const registry = await openRegistry();
    const { request, write, path } = strangerWorkspace({ 'image.yaml': made('cp words.txt "$OUT"', ['cp']), ...files });
    const reference = parseReference(`docker://${registry.authority}/team/app:v1`);
    await applyImage(host, { ...request, destinations: [reference] });
    requestsOf(registry);
    write('words.txt', 'two\n');
    const verify: VerifyRequest = {
      ...request,
      cacheDirectory: path('other cache'),
      expected: { kind: 'image', reference },
    };
    const { differences } = await verifyImage(host, verify);
    expect(differences).toMatchObject([
      {
        path: '/words.txt',
        cause: expect.stringMatching(/^artifact made: words\.txt changed/),
        findings: [{ kind: 'text', before: 'one', after: 'two' }],
      },
    ]);
    expect(requestsOf(registry).filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
    for (const [digest, { document }] of registry.repository('team/app').manifests) {
      if (document.subject !== undefined) registry.repository('team/app').manifests.delete(digest);
    }
    const [{ cause }] = (await verifyImage(host, verify)).differences as [VerifyResult['differences'][number]];
    expect(cause).not.toContain('words.txt changed');
  });
});

describe('what image.yaml asserts', () => {
  const asserted = (text: string) =>
    `${made('cp words.txt "$OUT"', ['cp'])}assertions: { contents: [{ path: /etc/motd, expected: ["${text}"] }] }\n`;
  const files = { 'words.txt': 'one\n', 'etc/motd': 'hello\n' };

  it('is reported where it holds', async () => {
    const { request } = workspace({ 'image.yaml': asserted('hello'), ...files });
    await applyImage(host, { ...request, destinations: [] });
    expect(await verifyImage(host, request)).toMatchObject({
      reproducible: true,
      assertions: [{ what: 'contents /etc/motd', platform: 'linux/amd64', outcome: 'holds' }],
    });
  });

  it('fails a verification that is reproducible, and is a part of the result of one that is not', async () => {
    const { request, write } = workspace({ 'image.yaml': asserted('hello'), ...files });
    await applyImage(host, { ...request, destinations: [] });
    write('image.yaml', asserted('other'));
    expect(await failureOf(verifyImage(host, request))).toMatchObject({ code: 'assertion-failed', exit: 1 });
    write('words.txt', 'two\n');
    expect(await verifyImage(host, request)).toMatchObject({ reproducible: false, assertions: [{ outcome: 'fails' }] });
  });
});

describe('an artifact that fails in a verification', () => {
  it('is told with the end of its log, and not with a directory that is gone', async () => {
    const { request, write } = workspace({
      'image.yaml': made('cp words.txt "$OUT"', ['cp']),
      'words.txt': 'one\n',
      'etc/a': 'a',
    });
    await applyImage(host, { ...request, destinations: [] });
    write('image.yaml', made('cp words.txt "$OUT"; echo it failed; exit 3', ['cp']));
    const { code, exit, details } = await failureOf(verifyImage(host, request));
    expect([code, exit, Object.keys(details).sort()]).toEqual(['artifact-failed', 5, ['artifact', 'log', 'status']]);
    expect(details.log).toEqual(['it failed']);
  });
});

/** What a verification came to: the code of an error and its exit status, or the first difference of the image. */
async function outcomeOf(work: Promise<VerifyResult>) {
  try {
    const { reproducible, differences } = await work;
    const [first] = differences;
    return reproducible ? 'reproducible' : { exit: 3, where: first?.where, path: first?.path, cause: first?.cause };
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { code: error.code, exit: error.exit };
  }
}

describe.skipIf(!need('dpkg-deb', 'xz'))('a verification of what was tampered with', () => {
  const top = temporaryDirectory();
  let world: PinnedWorld;
  beforeAll(async () => {
    world = await openPinnedWorld(top.path, await makePinnedContents(top.path));
  });
  afterAll(() => world.close());

  interface Built {
    readonly path: (name: string) => string;
    readonly layout: string;
    readonly cache: string;
    /** The documents and layers of the image in its layout, by what they are. */
    readonly blobs: Readonly<Record<'index' | 'manifest' | 'config' | 'layer', string>>;
  }

  const blob = (layout: string, digest: string): string => join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
  const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

  async function build(yaml: string) {
    const items = {
      'image.yaml': yaml,
      'keyring.gpg': world.key.publicBytes,
      'words.txt': 'one\n',
      'etc/motd': 'hi\n',
    };
    const { request, path, directory } = strangerWorkspace(items);
    const layout = join(directory, 'layout');
    const reference = parseReference(`oci:${layout}:v1`);
    const { digest } = await applyImage(host, { ...request, destinations: [reference] });
    const root = readJson(blob(layout, digest));
    const manifestDigest = root.manifests === undefined ? digest : root.manifests[0].digest;
    const manifest = readJson(blob(layout, manifestDigest));
    const blobs = {
      index: blob(layout, digest),
      manifest: blob(layout, manifestDigest),
      config: blob(layout, manifest.config.digest),
      layer: blob(layout, manifest.layers.at(-1).digest),
    };
    const verify = (cache = request.cacheDirectory) =>
      verifyImage(host, { ...request, cacheDirectory: cache, expected: { kind: 'image', reference } });
    return { path, layout, blobs, cache: request.cacheDirectory, verify };
  }

  const change = (path: string, to: (bytes: Buffer) => Uint8Array): void => {
    chmodSync(path, 0o644);
    writeFileSync(path, to(readFileSync(path)));
  };
  const flipBlob = (which: keyof Built['blobs']) => (built: Built) => change(built.blobs[which], flipped);
  const flipOnWeb = (name: string) => () => {
    const before = world.web.files.get(name)!;
    world.web.files.set(name, flipped(before));
    return () => void world.web.files.set(name, before);
  };
  const flipBase = () => {
    const { blobs } = world.registry.repository('base');
    const [digest, bytes] = [...blobs].find(([, candidate]) => candidate[0] === 0x1f)!;
    blobs.set(digest, flipped(bytes));
    return () => void blobs.set(digest, bytes);
  };
  const pinned = () =>
    world.yaml.replace(
      '  - name: files\n    contents:\n',
      '  - name: files\n    contents:\n      - { files: ./etc, to: /etc/ }\n',
    );
  const platforms = () => made('cp words.txt "$OUT"', ['cp']).replace('[linux/amd64]', '[linux/amd64, linux/arm64]');
  const DAMAGED = { code: 'blob-mismatch', exit: 4 };
  const OTHER_INPUT = { code: 'input-mismatch', exit: 4 };
  const IRREPRODUCIBLE =
    'its command, inputs and tools are the same, but its output is not: the command is not reproducible';

  interface Row {
    readonly what: string;
    readonly yaml?: () => string;
    /** What it returns undoes it. */
    readonly tamper?: (built: Built) => unknown;
    /** The cache of the apply tells what the image was built from; another one has to fetch what it is built from. */
    readonly cache?: 'own';
    readonly outcome: object;
  }
  const rows: readonly Row[] = [
    { what: 'a layer of the image', tamper: flipBlob('layer'), outcome: DAMAGED },
    { what: 'its config', tamper: flipBlob('config'), outcome: DAMAGED },
    { what: 'its manifest', tamper: flipBlob('manifest'), outcome: DAMAGED },
    { what: 'its index', yaml: platforms, tamper: flipBlob('index'), outcome: DAMAGED },
    {
      what: 'the lock',
      tamper: ({ path }) =>
        change(path('image.lock.json'), (bytes) => {
          const lock = JSON.parse(bytes.toString());
          const pin = Object.values(lock.fetches as Record<string, { digest: string }>)[0]!;
          pin.digest = `sha256:${'0'.repeat(64)}`;
          return Buffer.from(JSON.stringify(lock));
        }),
      outcome: OTHER_INPUT,
    },
    {
      what: 'a file of the repository',
      tamper: ({ path }) => change(path('etc/motd'), flipped),
      outcome: {
        exit: 3,
        where: 'layer files (linux/amd64)',
        path: '/etc/motd',
        cause: expect.stringContaining('etc/motd changed'),
      },
    },
    { what: 'a package', tamper: flipOnWeb(`debian/${TOOL_DEB}`), outcome: OTHER_INPUT },
    { what: 'a download', tamper: flipOnWeb('files/tool.bin'), outcome: OTHER_INPUT },
    { what: 'the base', tamper: flipBase, outcome: DAMAGED },
    ...(
      [
        ['$RANDOM', 'bash -c "echo \\$RANDOM\\$RANDOM" > "$OUT/it"', IRREPRODUCIBLE],
        ['the time', 'sleep 1; date +%s > "$OUT/it"', `${IRREPRODUCIBLE}: the time of the build, `],
        ['its process id', 'echo $$ > "$OUT/it"', IRREPRODUCIBLE],
      ] as const
    ).map(
      ([what, run, cause]): Row => ({
        what: `an artifact that writes ${what}`,
        yaml: () => made(run, ['bash', 'date', 'sleep']),
        cache: 'own',
        outcome: {
          exit: 3,
          where: 'layer app (linux/amd64)',
          path: '/it',
          cause: expect.stringContaining(`artifact made: ${cause}`),
        },
      }),
    ),
  ];

  it.each(rows)('says so of $what, and repairs nothing', async ({ yaml = pinned, tamper, cache, outcome }) => {
    const { verify, ...built } = await build(yaml());
    const used = cache === undefined ? built.path('other cache') : built.cache;
    const undo = tamper?.(built);
    const seen = () =>
      [built.layout, built.path('.')].flatMap((directory) =>
        [...filesBelow(directory)].filter(([name]) => !name.startsWith('other cache')),
      );
    const before = seen();
    try {
      expect(await outcomeOf(verify(used))).toEqual(outcome);
      expect(seen()).toEqual(before);
      expect(readdirSync(join(used, 'tmp'))).toEqual([]);
    } finally {
      if (typeof undo === 'function') undo();
    }
  });

  it('is reproducible where nothing was', async () => {
    expect(await outcomeOf((await build(pinned())).verify())).toBe('reproducible');
  });
});

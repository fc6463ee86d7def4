import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { type Builder, copySources, digestsOf, filesIn, makeSources, sourceNames } from '../support/sources.js';
import { copyProgram, neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { toolchains } from '../support/toolchains.js';

// What reprotest does not vary. Every test builds the same sources in another way, in a place of its own and with an empty
// cache; the digests must be those of the plain build.

const workspace = temporaryDirectory();
let plain: Place;
let expected: Readonly<Record<string, string>>;
let places = 0;

interface Place {
  readonly directory: string;
  readonly sources: string;
  readonly cache: string;
}

function freshPlace(): Place {
  const directory = join(workspace.path, `place-${++places}`);
  mkdirSync(directory);
  const sources = copySources(join(workspace.path, 'pristine'), join(directory, 'sources'));
  return { directory, sources, cache: join(directory, 'cache') };
}

beforeAll(async () => {
  makeSources(join(workspace.path, 'pristine'));
  plain = freshPlace();
  expected = await digestsOf(plain.sources, plain.cache);
});

async function expectSame(builder: Builder, vary: (place: Place) => void = () => undefined): Promise<void> {
  const place = freshPlace();
  vary(place);
  expect(await digestsOf(place.sources, place.cache, builder)).toEqual(expected);
  rmSync(place.directory, { recursive: true });
}

describe('the digests of the examples and of three awkward trees', () => {
  it('are seven', () => {
    expect(new Set(Object.values(expected)).size).toBe(sourceNames.length);
    for (const digest of Object.values(expected)) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  describe.each(toolchains())('with $name', ({ node, present }) => {
    it.skipIf(!present)('are the same', () => expectSame({ command: [node, program] }));

    it.skipIf(!present)('are the same with the pinned compressors, which verify uses', async () => {
      for (const name of sourceNames) {
        const args = ['verify', expected[name]!, '-f', join(plain.sources, name), '--cache', plain.cache, '--json'];
        const result = JSON.parse(await outputOf(node, [program, ...args], { env: neutralEnv }));
        expect(result).toMatchObject({ reproducible: true, found: expected[name] });
      }
    });
  });

  it.each([1, 2, 8])('are the same with --jobs %i', (jobs) => expectSame({ options: ['--jobs', String(jobs)] }));

  it.each([
    ['CI', { CI: 'true', NO_COLOR: '1', UV_THREADPOOL_SIZE: '1', LC_ALL: 'C', LANG: undefined, TZ: undefined }],
    ['a terminal far away', { FORCE_COLOR: '3', UV_THREADPOOL_SIZE: '64', LC_ALL: 'et_EE.UTF-8', TZ: 'Pacific/Apia' }],
    ['a small machine', { NODE_OPTIONS: '--max-old-space-size=64' }],
  ])('are the same in the environment of %s', (_, env) => expectSame({ env }));

  it.each(['000', '077'])('are the same with the umask %s', (umask) => expectSame({ first: `umask ${umask}` }));
});

describe('the state of the cache', () => {
  it('never changes a digest: it is full', async () => {
    const { sources, cache } = freshPlace();
    await digestsOf(sources, cache);
    expect(await digestsOf(sources, cache)).toEqual(expected);
  });

  it.each([
    ['some records', (path: string) => !path.includes('/sha256/')],
    ['some blobs', (path: string) => path.includes('/sha256/')],
    ['some of everything', () => true],
  ])('never changes a digest: %s are lost', async (_, isChosen) => {
    const { sources, cache } = freshPlace();
    await digestsOf(sources, cache);
    const chosen = [...filesIn(cache)].sort().filter(isChosen);
    expect(chosen.length).toBeGreaterThan(5);
    for (const [index, path] of chosen.entries()) if (index % 2 === 0) rmSync(path);
    expect(await digestsOf(sources, cache)).toEqual(expected);
  });

  it('never changes a digest: it knows other contents of the same files', async () => {
    const { sources, cache } = freshPlace();
    const changed = [join(sources, 'hello', 'message.txt'), join(sources, 'awkward-gzip', 'tree', 'a', 'file')];
    const before = changed.map((path) => readFileSync(path));
    for (const path of changed) writeFileSync(path, 'Something else\n');
    expect(await digestsOf(sources, cache)).not.toEqual(expected);
    for (const [index, path] of changed.entries()) writeFileSync(path, before[index]!);
    expect(await digestsOf(sources, cache)).toEqual(expected);
  });
});

describe('the state of the sources', () => {
  it.each([
    ['a time before 1970', -86_400],
    ['a time to come', 4_000_000_000],
  ])('never changes a digest: files have %s', (_, seconds) =>
    expectSame({}, ({ sources }) => {
      for (const [index, path] of filesIn(sources).entries()) utimesSync(path, seconds + index, seconds + index);
    }),
  );

  it.each([
    ['0600 and 0700', 0o600, 0o700],
    ['0664 and 0775', 0o664, 0o775],
    ['0400 and 0500', 0o400, 0o500],
  ])('never changes a digest: files and programs have the modes %s', (_, plain, executable) =>
    expectSame({}, ({ sources }) => {
      for (const path of filesIn(sources)) chmodSync(path, statSync(path).mode & 0o100 ? executable : plain);
    }),
  );

  it('never changes a digest: files are hard links', () =>
    expectSame({}, ({ directory, sources }) => {
      for (const [index, path] of filesIn(sources).entries()) linkSync(path, join(directory, `link-${index}`));
    }));

  it.each<[string, (path: string, sources: string) => string]>([
    ['by a relative path', (path, sources) => `./${relative(sources, path)}`],
    ['as the file', (path) => join(path, 'image.yaml')],
    ['through a symlink', (path, sources) => path.replace(sources, `${sources}-link`)],
  ])('never changes a digest: image.yaml is named %s', async (_, nameOf) => {
    const { directory, sources, cache } = freshPlace();
    symlinkSync(sources, `${sources}-link`);
    const builder = { cwd: sources, nameOf: (path: string) => nameOf(path, sources) };
    expect(await digestsOf(sources, cache, builder)).toEqual(expected);
    rmSync(directory, { recursive: true });
  });
});

describe.skipIf(!needRoot() || !need('mkfs.ext4', 'mkfs.xfs', 'mkfs.btrfs'))('the file system', () => {
  it.each(['tmpfs', 'ext4', 'xfs', 'btrfs'])('never changes a digest: it is %s', async (type) => {
    const { directory, sources } = freshPlace();
    const mounted = join(directory, 'mounted');
    mkdirSync(mounted);
    const within = [join(root, 'test', 'oracles', 'with-mount.sh'), type, mounted];
    const builder = { within, first: `cp -a '${sources}/.' '${mounted}'` };
    expect(await digestsOf(mounted, join(mounted, 'cache'), builder)).toEqual(expected);
    rmSync(directory, { recursive: true });
  });
});

describe.skipIf(!needRoot() || !need('setpriv', 'unshare'))('a user without rights', () => {
  it('builds the same without a network, a home, or a source tree that can be written', async () => {
    const { directory, sources } = freshPlace();
    await digestsOf(sources, join(directory, 'first-cache'));
    const cache = join(directory, 'cache');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    const nobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
    const readOnly = `mount --bind '${sources}' '${sources}'; mount -o remount,bind,ro '${sources}'`;
    const digests = await digestsOf(sources, cache, {
      command: [process.execPath, copyProgram(join(directory, 'program'))],
      within: [...nobody, 'unshare', '-Urnm'],
      first: `${readOnly}; if touch '${sources}/new' 2>/dev/null; then exit 9; fi`,
      env: { HOME: undefined },
      writesLayouts: false,
    });
    expect(digests).toEqual(expected);
    rmSync(directory, { recursive: true });
  });
});

/** The keys of every mapping in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('the style of image.yaml', () => {
  it.each<[string, (text: string) => string]>([
    ['as one line of JSON, keys in the opposite order', (text) => JSON.stringify(reversed(parse(text)))],
    [
      'with comments, blank lines, and the line ends of Windows',
      (text) => text.replace(/^(?=\S)/gm, '# a comment\n\n').replace(/\n/g, '\r\n'),
    ],
    ['with a byte order mark and the marks of a document', (text) => `\ufeff---\n${text}...\n`],
  ])('never changes a digest: it is written %s', (_, restyle) =>
    expectSame({}, ({ sources }) => {
      for (const path of filesIn(sources).filter((file) => basename(file) === 'image.yaml')) {
        writeFileSync(path, restyle(readFileSync(path, 'utf8')));
      }
    }),
  );
});

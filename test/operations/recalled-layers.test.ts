import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Files, type Host } from '../../src/host/index.js';
import { applyImage, planImage } from '../../src/operations/index.js';
import { applyBase, type Workspace, workspace } from './support.js';

/** For longer than a tick of any clock of a file system: what is written then has other times than what was read before. */
const TICK_MS = 12;

/** A machine on which what was written just now counts as old, and which notes what is listed and opened. */
function watching(below: string): { readonly host: Host; readonly touched: string[]; readonly listed: string[] } {
  const host = createNodeHost();
  const touched: string[] = [];
  const listed: string[] = [];
  const noting =
    <T>(call: (path: string) => T, notes = touched) =>
    (path: string): T => {
      if (path.startsWith(below)) notes.push(path.slice(below.length + 1));
      return call(path);
    };
  const files: Files = {
    ...host.files,
    readDirectory: noting(host.files.readDirectory, listed),
    openRead: noting(host.files.openRead),
    lstat: noting(host.files.lstat),
  };
  const clock = { ...host.clock, now: () => host.clock.now() + 10_000 };
  return { host: { ...host, files, clock }, touched, listed };
}

interface Declared {
  readonly owner: string;
  readonly mode: string;
  readonly to: string;
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly text: string;
  readonly target: string;
  readonly base: string;
  readonly created: number;
  readonly blank: number;
}

const START: Declared = {
  owner: '0:0',
  mode: '0755',
  to: '/srv',
  exclude: [],
  include: [],
  text: 'hello',
  target: '/srv',
  base: 'scratch',
  created: 0,
  blank: 0,
};

const yamlOf = (it: Declared): string => `version: 1
${'\n'.repeat(it.blank)}platforms: [linux/amd64, linux/arm64]
created: ${it.created}
base: ${it.base}
compression: { type: none }
layers:
  - name: site
    contents:
      - { files: site, to: ${it.to}, owner: "${it.owner}"${it.exclude.length > 0 ? `, exclude: ${JSON.stringify(it.exclude)}` : ''}${it.include.length > 0 ? `, include: ${JSON.stringify(it.include)}` : ''} }
  - name: more
    contents:
      - { directory: /srv/data, mode: "${it.mode}" }
      - { text: ${JSON.stringify(it.text)}, to: /link/motd }
      - { symlink: ${it.target}, to: /other }
  - name: link
    contents:
      - { files: single, to: /srv/a/single, replace: true }
      - { text: x, to: /other/x, replace: true }
`;

type Edit = (made: Workspace, it: Declared) => Declared;

const NAMES = ['a', 'b', 'a/x', 'a/y', 'b/x', 'b/y/z', 'a-b', 'c'];
const name = fc.constantFrom(...NAMES);
const onDisk =
  (work: (path: (name: string) => string) => void): Edit =>
  (made, it) => {
    try {
      work((at) => made.path(at === '' ? 'site' : join('site', at)));
    } catch (error) {
      // What cannot be done where something else is: then nothing was edited, or half of it, which is an edit as well.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
    return it;
  };
const declares =
  (more: Partial<Declared>): Edit =>
  (_, it) => ({ ...it, ...more });

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(name, fc.constantFrom('', 'x', 'y', 'long '.repeat(30))).map(([at, text]) =>
    onDisk((path) => {
      mkdirSync(dirname(path(at)), { recursive: true });
      writeFileSync(path(at), text);
    }),
  ),
  name.map((at) => onDisk((path) => chmodSync(path(at), lstatSync(path(at)).mode ^ 0o100))),
  fc.tuple(name, name).map(([from, to]) => onDisk((path) => renameSync(path(from), path(to)))),
  name.map((at) => onDisk((path) => rmSync(path(at), { recursive: true }))),
  name.map((at) => onDisk((path) => mkdirSync(path(at), { recursive: true }))),
  fc.tuple(name, fc.constantFrom('a', '/b', 'x')).map(([at, target]) =>
    onDisk((path) => {
      rmSync(path(at), { recursive: true, force: true });
      symlinkSync(target, path(at));
    }),
  ),
  name.map((at) => onDisk((path) => utimesSync(path(at), 1, 1))),
  fc.constant(
    onDisk((path) => {
      renameSync(path('a'), path('swap'));
      renameSync(path('b'), path('a'));
      renameSync(path('swap'), path('b'));
    }),
  ),
  // As many bytes, and the time that it had.
  name.map((at) =>
    onDisk((path) => {
      const { mtimeMs } = lstatSync(path(at));
      writeFileSync(path(at), readFileSync(path(at), 'utf8').replace(/[a-z]/g, 'Q'));
      utimesSync(path(at), mtimeMs / 1000, mtimeMs / 1000);
    }),
  ),
  fc.constantFrom<Edit[]>(
    declares({ owner: '7:7' }),
    declares({ owner: '0:0' }),
    declares({ mode: '0700' }),
    declares({ to: '/' }),
    declares({ to: '/srv' }),
    declares({ exclude: ['a/x'] }),
    declares({ exclude: ['b', '**/y'] }),
    declares({ exclude: [] }),
    declares({ include: ['a/**'] }),
    declares({ include: ['**/x', 'c'] }),
    declares({ include: [] }),
    declares({ text: 'bye' }),
    declares({ target: 'srv/a' }),
    declares({ created: 86_400 }),
    declares({ base: 'oci:./base' }),
    declares({ base: 'scratch' }),
    declares({ blank: 3 }),
  ),
  // The base moves.
  fc.constantFrom('1', '2').map(
    (text): Edit =>
      (made, it) => {
        made.write('base-text', text);
        return it;
      },
  ),
  fc.constantFrom('1', '2').map(
    (text): Edit =>
      (made, it) => {
        made.write('single', text);
        return it;
      },
  ),
);

function site(): Workspace {
  return workspace({
    'site/a/x': 'x',
    'site/a/y': 'y',
    'site/b/x': 'x',
    'site/c': 'c',
    single: '1',
    'base-text': '1',
    'base.yaml': [
      'version: 1\nplatforms: [linux/amd64, linux/arm64]\nbase: scratch\nlayers:\n  - name: base\n    contents:',
      '      - { files: base-text, to: /srv/base }\n      - { symlink: srv, to: /link }\n',
    ].join('\n'),
    'image.yaml': '',
  });
}

/** The plan, or the failure. */
async function outcome(host: Host, made: Workspace, cacheDirectory: string): Promise<unknown> {
  return planImage(host, { ...made.request, cacheDirectory }).then(
    (plan) => plan,
    ({ code, message, at, problems }: { code: string; message: string; at: unknown; problems: unknown }) => {
      if (code === undefined) throw new Error(message);
      return { code, message, at, problems };
    },
  );
}

/** A copy of the cache that remembers no file and no layer. */
function forgetful({ request, directory }: Workspace): string {
  const copy = join(directory, 'forgetful');
  rmSync(copy, { recursive: true, force: true });
  cpSync(request.cacheDirectory, copy, { recursive: true });
  for (const kind of ['digests', 'grounds']) rmSync(join(copy, 'records', kind), { recursive: true, force: true });
  return copy;
}

const grounds = ({ request }: Workspace): number =>
  readdirSync(join(request.cacheDirectory, 'records', 'grounds')).length;

describe('layers that are recalled', () => {
  it('give the plan that a cache gives which remembers nothing, whatever was edited', async () => {
    let recalled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 4, maxLength: 8 }), async (list) => {
        const made = site();
        const { host } = watching(made.directory);
        let it = START;
        for (const edit of [declares({}), ...list, declares({})]) {
          await sleep(TICK_MS);
          it = edit(made, it);
          made.write('image.yaml', yamlOf(it));
          if (it.base !== 'scratch') await applyBase(made);
          const before = existsSync(made.request.cacheDirectory) ? grounds(made) : 0;
          const warm = await outcome(host, made, made.request.cacheDirectory);
          if ('digest' in (warm as object) && grounds(made) === before) recalled++;
          // Twice: once where this run remembered, and once where the next one recalls.
          expect(await outcome(host, made, made.request.cacheDirectory)).toEqual(allCached(warm));
          expect(allCached(await outcome(host, made, forgetful(made)))).toEqual(allCached(warm));
          if (!('digest' in (warm as object))) continue;
          const applied = await applyImage(host, { ...made.request, destinations: [] });
          expect(applied.digest).toBe((warm as { digest: string }).digest);
        }
      }),
      { numRuns: 5 },
    );
    expect(recalled).toBeGreaterThan(5);
  }, 240_000);

  it('are neither listed nor opened where nothing changed, and looked into where something did', async () => {
    const made = site();
    made.write('image.yaml', yamlOf(START));
    await planImage(watching(made.path('site')).host, made.request);
    const { host, touched, listed } = watching(made.path('site'));
    const plan = await planImage(host, made.request);
    expect([...touched, ...listed]).toEqual([]);
    await sleep(TICK_MS);
    made.write('site/a/x', 'y');
    const next = await planImage(host, made.request);
    expect(touched.filter((path) => path === 'a/x').length).toBeGreaterThan(0);
    expect(listed).toEqual([]);
    expect(next.digest).not.toBe(plan.digest);
  });

  it('are not remembered where there is something to be said of them: it is said again', async () => {
    const made = site();
    made.write('image.yaml', yamlOf(START));
    made.write('site/oci-layout', '{}');
    const { host } = watching(made.path('site'));
    const first = await planImage(host, made.request);
    expect(first.warnings).toHaveLength(1);
    expect((await planImage(host, made.request)).warnings).toEqual(first.warnings);
  });

  it('are put together again where the blob of their layer is gone', async () => {
    const made = site();
    made.write('image.yaml', yamlOf(START));
    const { host } = watching(made.path('site'));
    const plan = await planImage(host, made.request);
    rmSync(join(made.request.cacheDirectory, 'blobs'), { recursive: true });
    const again = await planImage(host, made.request);
    expect(again.digest).toBe(plan.digest);
    expect(again.platforms[0]!.layers.map(({ cached }) => cached)).toEqual([false, false, false]);
  });

  it('are listed for the next plan as they are declared now, though they came to the same before', async () => {
    const made = site();
    made.write('image.yaml', yamlOf(START));
    cpSync(made.path('site'), made.path('other'), { recursive: true });
    const { host } = watching(made.path('site'));
    const apply = () => applyImage(host, { ...made.request, destinations: [] });
    const listings = () => {
      const directory = join(made.request.cacheDirectory, 'records', 'listing');
      return readdirSync(directory).map((file) => [file, lstatSync(join(directory, file)).ino]);
    };
    const { digest } = await apply();
    const before = listings();
    expect((await apply()).digest).toBe(digest);
    expect(listings()).toEqual(before);
    for (const source of ['other', 'site', 'other']) {
      made.write('image.yaml', yamlOf(START).replace('files: site', `files: ${source}`));
      expect((await apply()).digest).toBe(digest);
    }
    await sleep(TICK_MS);
    rmSync(made.path('other/c'));
    const { platforms } = await planImage(host, made.request);
    const changes = platforms[0]!.layers.flatMap((layer) => layer.changes);
    expect(changes.map(({ path, cause }) => [path, cause.text])).toEqual([
      ['/srv/c', 'files other: other/c is gone or no longer selected'],
    ]);
  });

  it('are recalled through a damaged record as if there were none', async () => {
    const made = site();
    made.write('image.yaml', yamlOf(START));
    const { host } = watching(made.path('site'));
    const plan = allCached(await planImage(host, made.request));
    for (const kind of ['digests', 'grounds']) {
      const directory = join(made.request.cacheDirectory, 'records', kind);
      for (const file of readdirSync(directory)) {
        const bytes = readFileSync(join(directory, file));
        bytes[bytes.length - 9]! ^= 1;
        rmSync(join(directory, file));
        writeFileSync(join(directory, file), bytes);
      }
      expect(allCached(await planImage(host, made.request))).toEqual(plan);
    }
  });
});

/** The same with every layer in the cache: one that was just built is there the next time. */
function allCached(found: unknown): unknown {
  return JSON.parse(JSON.stringify(found, (key, value) => (key === 'cached' ? true : value)));
}

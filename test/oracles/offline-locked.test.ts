import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageLock, ImagePin } from '../../src/lock/index.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { needRoot } from '../support/root.js';
import { type Outcome, run } from '../support/run.js';
import { neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openPinnedWorld, type PinnedWorld, type Project, readLockOf } from './pinned-world.js';

const PLATFORM = 'linux/amd64';
/** Seconds until a server that says nothing is given up, and for a run that finds nobody, on a busy machine. */
const PATIENCE = '3';
const LONGEST_MS = 25_000;

/** Runs tbuild where there is no network at all, and not even loopback is up. */
async function offline(project: Project, ...args: readonly string[]): Promise<Outcome & { readonly ms: number }> {
  const { directory, cache } = project;
  const all = [...args, '--cache', cache, '--json', '--timeout', PATIENCE];
  const start = performance.now();
  const outcome = await run('unshare', ['-n', process.execPath, program, ...all], {
    cwd: directory,
    env: { ...neutralEnv, HOME: project.path('home') },
  });
  return { ...outcome, ms: performance.now() - start };
}

const documentsOf = (what: string, { reference }: ImagePin): readonly string[] => [
  `manifest of ${what} ${reference}`,
  `config of ${what} ${reference}`,
];

/** All that a lock pins, as a person would list it. */
function pinnedIn({ fetches, platforms }: ImageLock): readonly string[] {
  const { base, images, debian } = platforms[PLATFORM]!;
  return [
    ...Object.keys(fetches),
    ...documentsOf('base', base!),
    ...Object.values(images).flatMap((image) => documentsOf('image', image)),
    ...debian.packages!.packages.map(({ name, version, architecture }) => `package ${name} ${version} ${architecture}`),
  ];
}

const canCut = needRoot() && need('unshare', 'dpkg-deb', 'xz');
// Most of these wait for a server that never comes, so they wait together.
describe.skipIf(!canCut)('where the network is cut', { concurrent: true }, () => {
  const top = temporaryDirectory();
  let world: PinnedWorld;
  let first: Project;
  let lock: ImageLock;
  let digest: string;
  beforeAll(async () => {
    world = await openPinnedWorld(top.path);
    first = world.project();
    digest = await first.build();
    lock = readLockOf(first);
  });
  afterAll(() => world.close());

  /** A project with the lock and the cache of the honest build, perhaps without one blob. */
  function cached(missing?: string): Project {
    const project = world.project({ lock });
    cpSync(first.cache, project.cache, { recursive: true });
    if (missing !== undefined) rmSync(join(project.cache, 'blobs', 'sha256', missing.slice('sha256:'.length)));
    return project;
  }
  const packagePin = (name: string) =>
    lock.platforms[PLATFORM]!.debian.packages!.packages.find((pin) => pin.name === name)!;
  const fetchUrl = (name: string): string => `${world.web.origin}/files/${name}`;

  it.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['--frozen', ['--frozen'], {}],
    ['no option', [], {}],
  ])('an image that is locked and cached is built to the same digest with %s', async (_, options) => {
    const project = cached();
    const built = await offline(project, 'apply', '-o', 'oci:out', ...options);
    expect([built.status, built.stdout]).toEqual([0, built.stdout]);
    expect(JSON.parse(built.stdout).digest).toBe(digest);
    expect(readLayout(project.path('out'), 'v1').digest).toBe(digest);
    expect(project.lock()).toEqual(first.lock());
  });

  it('it can be verified, from what is cached', async () => {
    const project = cached();
    await offline(project, 'apply', '-o', 'oci:out');
    const { status, stdout } = await offline(project, 'verify', 'oci:out:v1', '-f', '.');
    expect([status, stdout]).toEqual([0, stdout]);
    expect(JSON.parse(stdout)).toMatchObject({ reproducible: true, found: digest });
  });

  it('a plan has that digest too', async () => {
    const planned = await offline(cached(), 'plan');
    expect(JSON.parse(planned.stdout)).toMatchObject({ digest });
  });

  it.each([['--frozen'], ['--no-frozen']])('an empty cache lacks all that the lock pins, with %s', async (option) => {
    const project = world.project({ lock });
    const { status, stdout, ms } = await offline(project, 'apply', '-o', 'oci:out', option);
    expect([status, stdout]).toEqual([69, stdout]);
    const { code, hint, details } = JSON.parse(stdout).error;
    expect(code).toBe('server-unavailable');
    expect([...details.lacks].sort()).toEqual([...pinnedIn(lock)].sort());
    for (const name of pinnedIn(lock)) expect(hint).toContain(name);
    expect(project.lock()).toEqual(first.lock());
    expect(ms).toBeLessThan(LONGEST_MS);
  });

  it('what image.yaml itself pins is lacking as well', async () => {
    const yaml = world.yaml.replace('tool.bin"', `tool.bin", sha256: ${'a'.repeat(64)}`);
    const { [fetchUrl('tool.bin')]: _, ...fetches } = lock.fetches;
    const { stdout } = await offline(world.project({ yaml, lock: { ...lock, fetches } }), 'apply');
    expect([...JSON.parse(stdout).error.details.lacks].sort()).toEqual([...pinnedIn(lock)].sort());
  });

  it('a name that nobody can look up is given up soon', async () => {
    const yaml = world.yaml.replaceAll('docker://127.0.0.1:', 'docker://registry.example:');
    const { status, stdout, ms } = await offline(world.project({ yaml }), 'plan');
    expect([status, stdout]).toEqual([69, expect.stringContaining('registry.example')]);
    expect(ms).toBeLessThan(LONGEST_MS);
  });

  it.each<[string, () => string, () => string]>([
    ['a package', () => packagePin('tool').digest, () => 'package tool 1.0 amd64'],
    ['a package that another one needs', () => packagePin('libtool1').digest, () => 'package libtool1 1.0 amd64'],
    ['a download', () => lock.fetches[fetchUrl('tool.bin')]!.digest, () => fetchUrl('tool.bin')],
    [
      'the manifest of the base',
      () => lock.platforms[PLATFORM]!.base!.manifest.digest,
      () => `manifest of base docker://${world.registry.authority}/base:12`,
    ],
    [
      'the config of the image that is copied from',
      () => Object.values(lock.platforms[PLATFORM]!.images)[0]!.config.digest,
      () => `config of image docker://${world.registry.authority}/donor:1`,
    ],
  ])('only %s is lacking, and named, where only that is', async (_, pinned, name) => {
    const { status, stdout } = await offline(cached(pinned()), 'apply', '-o', 'oci:out', '--frozen');
    expect([status, stdout]).toEqual([69, stdout]);
    const { hint, details } = JSON.parse(stdout).error;
    expect(details.lacks).toEqual([name()]);
    expect(hint).toContain(name());
  });

  it('the layer of the base is named where only that is lacking', async () => {
    const [layer] = lock.platforms[PLATFORM]!.base!.layers;
    const project = cached(layer!.digest);
    // What the lock tells of it is enough for a plan.
    expect(JSON.parse((await offline(project, 'plan', '--frozen')).stdout)).toMatchObject({ digest });
    const { status, stdout } = await offline(project, 'apply', '-o', 'oci:out', '--frozen');
    expect([status, stdout]).toEqual([69, expect.stringContaining(`${world.registry.authority}/base`)]);
    expect(JSON.parse(stdout).error.message).toContain(layer!.digest);
  });

  it.each<[string, () => string]>([
    ['an archive', () => lock.fetches[fetchUrl('tool.tar.gz')]!.digest],
    ['a layer', () => Object.values(lock.platforms[PLATFORM]!.images)[0]!.layers[0]!.digest],
  ])('%s whose files are all in the cache is not needed', async (_, pinned) => {
    const built = await offline(cached(pinned()), 'apply', '-o', 'oci:out', '--frozen');
    expect([built.status, built.stdout]).toEqual([0, built.stdout]);
    expect(JSON.parse(built.stdout).digest).toBe(digest);
  });
});

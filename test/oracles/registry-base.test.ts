import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLayout } from '../support/layout.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { startCuttingProxy } from '../support/registry/cutting-proxy.js';
import { Podman } from '../support/registry/podman.js';
import { type RealRegistry, realPrograms, startRealRegistry } from '../support/registry/real.js';
import { skopeoDigest } from '../support/registry/skopeo.js';
import { needRoot } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { runTbuild, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Debian moved what was in /bin and /lib to /usr: the same file under both names. */
const merged = (path: string): string => path.replace(/^\/(bin|lib|lib64)\//, '/usr/$1/');

/** What Debian's package dash installs, and the libraries that it needs, as they are on this machine. */
async function copyDash(to: string): Promise<void> {
  const installed = (await outputOf('dpkg', ['-L', 'dash'])).split('\n');
  const libraries = [...(await outputOf('ldd', ['/bin/dash'])).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
  const wanted = [
    ...installed.filter((path) => /^(\/usr)?\/bin\/dash$|\/doc\/dash\/copyright$/.test(path)),
    ...libraries,
  ];
  expect(wanted.map((path) => basename(path))).toEqual(expect.arrayContaining(['dash', 'libc.so.6']));
  for (const path of wanted) {
    const copy = join(to, merged(path));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy);
    chmodSync(copy, 0o755);
  }
  symlinkSync('dash', join(to, 'usr/bin/sh'));
}

const baseYaml = `version: 1
base: scratch
layers:
  - name: merged-usr
    contents:
      - { symlink: usr/bin, to: /bin }
      - { symlink: usr/lib, to: /lib }
      - { symlink: usr/lib64, to: /lib64 }
      - { directory: /tmp, mode: "1777" }
  - name: dash
    contents: [{ files: root/usr, to: /usr }]
config:
  env: { PATH: /usr/bin }
  cmd: [sh]
`;

const appYaml = (base: string, { name, greeting = 'hello' }: { name?: string; greeting?: string } = {}) => `version: 1
${name === undefined ? '' : `name: ${name}\n`}tags: [v1, latest]
base: ${base}
layers:
  - name: app
    contents:
      - text: |
          #!/bin/sh
          read -r word </lib/app/greeting
          echo "$word from $0"
        to: /bin/greet
        mode: "0755"
      - { text: "${greeting}\\n", to: /lib/app/greeting }
config:
  entrypoint: [/bin/greet]
`;

const programs = ['skopeo', 'dpkg', 'ldd', ...realPrograms];

describe.skipIf(!need(...programs))('an image on a base of Debian packages in docker-registry', () => {
  const workspace = temporaryDirectory();
  let registry: RealRegistry;
  let baseDigest: string;
  let digest: string;
  beforeAll(async () => {
    registry = await startRealRegistry('plain');
    makeTree(path('base'), { 'image.yaml': baseYaml });
    await copyDash(path('base/root'));
    baseDigest = await succeed('apply', path('base'), '-o', image('base:12'), '--quiet');
    makeTree(path('app'), { 'image.yaml': appYaml(image('base:12'), { name: `${registry.authority}/team/app` }) });
  });
  afterAll(() => registry.close());

  const path = (name: string): string => join(workspace.path, name);
  const image = (name: string): string => `docker://${registry.authority}/${name}`;
  const options = () => ({ env: { HOME: path('home'), XDG_RUNTIME_DIR: undefined } });
  const cached = (args: readonly string[]) => [...args, '--cache', path('cache')];
  const succeed = (...args: readonly string[]): Promise<string> => tbuild(cached(args), options());
  const push = () => succeed('apply', path('app'), '--push', '--quiet');

  /** What the registry was asked while something ran, reading left out. */
  async function writesDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = registry.accesses().length;
    await work();
    return registry
      .accesses()
      .slice(before)
      .filter((line) => !/^(GET|HEAD) /.test(line));
  }

  it('is published under all its tags, with the layers of the base taken over', async () => {
    const writes = await writesDuring(async () => {
      digest = await push();
    });
    expect(await skopeoDigest(registry, 'team/app:v1')).toBe(digest);
    expect(await skopeoDigest(registry, 'team/app:latest')).toBe(digest);
    expect(writes.filter((line) => /mount=.*&from=base 201$/.test(line))).toHaveLength(2);
    // Its own layer and its config, and the two blobs of its record.
    expect(writes.filter((line) => /^PUT .*\/blobs\/.* 201$/.test(line))).toHaveLength(2 + 2);
    // Under its tags, and the record with the list that names it.
    expect(writes.filter((line) => /^PUT .*\/manifests\/.* 201$/.test(line))).toHaveLength(2 + 2);
  });

  it('is not sent again', async () => {
    expect(
      await writesDuring(async () => {
        expect(await push()).toBe(digest);
      }),
    ).toEqual([]);
  });

  it.skipIf(!needRoot() || !need('podman', 'runc'))('runs under podman', async () => {
    const podman = new Podman(path('podman'));
    try {
      await podman.pull(registry, 'team/app:v1');
      expect(await podman.runIn(`${registry.authority}/team/app:v1`)).toBe('hello from /bin/greet');
    } finally {
      await podman.clean();
    }
  });

  it('is what verify builds again, and plan has nothing to change', async () => {
    const verified = JSON.parse(await succeed('verify', image('team/app:v1'), '-f', path('app'), '--json'));
    expect(verified).toMatchObject({ reproducible: true, found: digest });
    const against = ['plan', path('app'), '--against', image('team/app:latest'), '--detailed-exitcode'];
    const same = await runTbuild(cached(against), options());
    expect(same).toMatchObject({ status: 0, stdout: expect.stringContaining('No changes.') });
    makeTree(path('other'), { 'image.yaml': appYaml(image('base:12'), { greeting: 'goodbye' }) });
    const other = await runTbuild(cached([...against.with(1, path('other'))]), options());
    expect(other).toMatchObject({ status: 2, stdout: expect.stringContaining('lib/app/greeting') });
  });

  it('can be built where the registry is gone, when its base has a digest and was used before', async () => {
    const proxy = await startCuttingProxy(registry.authority);
    const pinned = `docker://${proxy.authority}/base:12@${baseDigest}`;
    const build = (greeting: string) => {
      makeTree(path('pinned'), { 'image.yaml': appYaml(pinned, { greeting }) });
      const args = ['apply', path('pinned'), '-o', `oci:${path('out')}`, '--quiet', '--cache', path('other-cache')];
      return tbuild(args, options());
    };
    await build('hello');
    expect(proxy.receivedBytes).toBeGreaterThan(1_000_000);
    await proxy.close();
    const built = await build('goodbye');
    const { digest: found, manifest, layers } = readLayout(path('out'), 'v1');
    expect(found).toBe(built);
    expect(manifest.annotations['org.opencontainers.image.base.digest']).toBe(baseDigest);
    expect(layers).toHaveLength(3);
    expect(layers[2]!.includes('goodbye')).toBe(true);
  });
});

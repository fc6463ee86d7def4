import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mirror, startMirror } from '../support/debian/mirror.js';
import { realArchive } from '../support/debian/real-archive.js';
import { copyPackageExamples, packageExampleNames } from '../support/examples.js';
import { need } from '../support/programs.js';
import { Podman } from '../support/registry/podman.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { program, runTbuild, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { toolchains } from '../support/toolchains.js';

/** The digests that the committed locks stand for (format 1). */
const golden: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(root, 'test/golden/package-examples.json'), 'utf8'),
);

describe.skipIf(realArchive() === undefined)('the examples of Debian packages', () => {
  const workspace = temporaryDirectory();
  const path = (name: string): string => join(workspace.path, name);
  const archive = (name: string): string => `oci-archive:${path(`${name}.tar`)}`;
  const cached = (cache: string): readonly string[] => ['--cache', path(cache)];
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror(realArchive()!);
    copyPackageExamples(workspace.path, mirror.url);
    for (const name of packageExampleNames) {
      await tbuild(['apply', path(name), '-o', archive(name), '--frozen', '--quiet', ...cached('cache')]);
    }
  });
  afterAll(() => mirror.close());

  it.each(packageExampleNames)('%s has one digest: again, from nothing, and as committed', async (name) => {
    const again = await tbuild(['apply', path(name), '--frozen', '--quiet', ...cached('cache')]);
    expect(again).toBe(golden[name]);
    const verified = await tbuild([
      'verify',
      `${archive(name)}:latest`,
      '-f',
      path(name),
      '--json',
      ...cached('cache'),
    ]);
    expect(JSON.parse(verified)).toMatchObject({ reproducible: true, found: golden[name] });
  });

  const node24 = toolchains().find(({ name }) => name === 'node-24')!;
  it.skipIf(!node24.present).each(packageExampleNames)('%s has it on Node 24 too', async (name) => {
    const args = ['apply', path(name), '--frozen', '--quiet', ...cached('cache-of-24')];
    expect(await outputOf(node24.node, [program, ...args])).toBe(golden[name]);
  });

  it('ask for packages only: indexes are for what is not pinned', () => {
    expect(mirror.requests.filter((asked) => !asked.startsWith('pool/'))).toEqual([]);
  });

  it.each(packageExampleNames)('%s gets the same lock where it has none', async (name) => {
    const lock = path(`${name}/image.lock.json`);
    const committed = readFileSync(lock, 'utf8');
    writeFileSync(lock, '{ "version": 1, "format": 1, "fetches": {}, "platforms": {} }\n');
    await tbuild(['lock', path(name), ...cached('cache')]);
    expect(readFileSync(lock, 'utf8')).toBe(committed);
  });

  it('nginx is the same to a runtime in one layer and in one for each package', async () => {
    const text = readFileSync(path('nginx/image.yaml'), 'utf8');
    const trees: unknown[] = [];
    for (const split of ['', '    split: package\n', '    split: { by: package, budget: 3 }\n', null]) {
      const directory = path(`nginx-${trees.length}`);
      cpSync(path('nginx'), directory, { recursive: true });
      if (split !== null) writeFileSync(join(directory, 'image.yaml'), text.replace(/^ +split: .*\n/m, split));
      const layout = `oci:${join(directory, 'layout')}`;
      await tbuild(['apply', directory, '-o', layout, '--frozen', '--quiet', ...cached('cache')]);
      const { entries } = JSON.parse(await tbuild(['files', layout, '--json', ...cached('cache')]));
      trees.push(entries.map(({ layer: _, ...facts }: Record<string, unknown>) => facts));
    }
    for (const tree of trees) expect(tree).toEqual(trees[0]);
    expect((trees[0] as unknown[]).length).toBeGreaterThan(100);
  });

  it('hold the program and what it needs: micro in less than 15 MB, each library with a reason', async () => {
    expect(statSync(path('micro.tar')).size).toBeLessThan(15_000_000);
    const plan = JSON.parse(await tbuild(['plan', path('micro'), '--json', ...cached('cache')]));
    const reasons = new Map<string, string>(
      plan.platforms[0].layers[0].reasons.map(({ what, why }: Record<string, string>) => [what, why]),
    );
    const { entries } = JSON.parse(await tbuild(['files', archive('micro'), '--json', ...cached('cache')]));
    const libraries = entries.filter((entry: { path: string }) => /\.so(\.|$)/.test(entry.path));
    expect(libraries.length).toBeGreaterThan(40);
    for (const library of libraries) expect(reasons.get(library.path), library.path).toMatch(/^\/usr\/bin\/curl → /);
    const programs = entries.filter(
      ({ kind, mode }: { kind: string; mode: string }) => kind === 'file' && mode === '0755',
    );
    expect(programs.map((entry: { path: string }) => entry.path)).toContain('/usr/bin/curl');
    const { stdout, status } = await runTbuild(['plan', path('micro'), '--explain', ...cached('cache')]);
    expect(status).toBe(0);
    for (const library of libraries) expect(stdout).toContain(library.path);
  });

  describe.skipIf(!need('umoci', 'dpkg-query'))('as scanners see them', () => {
    /** What dpkg-query lists where its database is made of the files in status.d, as Distroless images have them. */
    async function listed(name: string): Promise<readonly string[]> {
      const layout = path(`${name}-layout`);
      await tbuild(['apply', path(name), '-o', `oci:${layout}`, '--frozen', '--quiet', ...cached('cache')]);
      const rootfs = path(`${name}-root`);
      await outputOf('umoci', ['raw', 'unpack', '--rootless', '--image', `${layout}:latest`, rootfs]);
      const directory = join(rootfs, 'var/lib/dpkg/status.d');
      const names = readdirSync(directory).filter((file) => !file.endsWith('.md5sums'));
      for (const file of names) expect(existsSync(join(directory, `${file}.md5sums`)), file).toBe(true);
      const database = path(`${name}-database`);
      mkdirSync(database);
      const stanzas = names.map((file) => readFileSync(join(directory, file), 'utf8').trim());
      const installed = stanzas.map((stanza) => `${stanza}\nStatus: install ok installed\n`);
      writeFileSync(join(database, 'status'), installed.join('\n'));
      const format = '--showformat=${Package} ${Version} ${Architecture}\\n';
      return (await outputOf('dpkg-query', [`--admindir=${database}`, '--show', format])).split('\n').sort();
    }

    const pinned = (name: string): readonly Record<string, string>[] =>
      Object.values<{ packages: Record<string, string>[] }>(
        JSON.parse(readFileSync(path(`${name}/image.lock.json`), 'utf8')).platforms['linux/amd64'].debian,
      ).flatMap(({ packages }) => packages);

    it.each(['nginx', 'python'])('%s has the packages that its lock pins', async (name) => {
      const expected = pinned(name).map(
        ({ name: what, version, architecture }) => `${what} ${version} ${architecture}`,
      );
      expect(await listed(name)).toEqual(expected.sort());
    });

    it('micro has those of which it holds a file', async () => {
      const names = (await listed('micro')).map((line) => line.split(' ')[0]);
      expect(names).toEqual(
        expect.arrayContaining(['ca-certificates', 'curl', 'libc6', 'libcurl4', 'libssl3', 'zlib1g']),
      );
      expect(names).not.toContain('gcc-12-base');
    });
  });

  describe.skipIf(!needRoot() || !need('podman', 'runc', 'nsenter', 'curl'))('under podman', () => {
    const runs = temporaryDirectory();
    let podman: Podman;
    beforeAll(() => {
      podman = new Podman(join(runs.path, 'podman'));
    });
    afterAll(() => podman.clean());

    it('curl tells its version', async () => {
      expect(await podman.runReadOnly(`${archive('micro')}:latest`, '--version')).toMatch(/^curl 7\.88\.1 .*OpenSSL/);
    });

    it('python has json, sqlite3 and ssl, and trusts the authorities of Debian', async () => {
      const told = JSON.parse(await podman.runReadOnly(`${archive('python')}:latest`));
      expect(told).toMatchObject({ sqlite: '3.40.1', ssl: expect.stringContaining('OpenSSL 3.0') });
      expect(told.authorities).toBeGreaterThan(100);
    });

    it('nginx serves its page from a root that cannot be written to', async () => {
      const page = await podman.withReadOnly(`${archive('nginx')}:latest`, (processId) => {
        const fetched = ['curl', '-sS', '--retry', '20', '--retry-delay', '1', '--retry-connrefused'];
        return outputOf('nsenter', ['--target', processId, '--net', ...fetched, 'http://127.0.0.1:8080/']);
      });
      expect(page).toContain('Served by nginx from a read-only image');
    });
  });
});

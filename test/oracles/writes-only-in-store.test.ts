import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeArchive } from '../support/debian/make-archive.js';
import { elfFile } from '../support/elf-file.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { makeImage, putImage } from '../support/registry/images.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { type HostileArchive, hostileDebs, hostileTars, hostileZips } from './hostile-archives.js';
import { filesBelow, openPinnedWorld, type PinnedWorld, type Project } from './pinned-world.js';
import { type Trace, tracedRun } from './traced-run.js';

/** Files that tbuild writes before they get their names begin so. */
const TEMPORARY = '.tbuild-';

const FILES = `  - name: local
    contents:
      - { files: ./root, include: [usr/bin/local], to: /, closure: true }
`;

const yamlOf = (content: string, base = 'scratch'): string => `version: 1
tags: [v1]
platforms: [linux/amd64]
base: ${base}
layers:
  - name: hostile
    contents:
      - ${content}
`;

describe.skipIf(!need('strace', 'dpkg-deb', 'xz'))('a build', { concurrent: true }, () => {
  const top = temporaryDirectory();
  let world: PinnedWorld;
  let outside: string;
  beforeAll(async () => {
    world = await openPinnedWorld(top.path);
    outside = join(top.path, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'canary'), 'alive');
  });
  afterAll(() => world.close());

  const allowed = ({ cache, path }: Project) => {
    const own = [cache, path('out')];
    const lock = path('image.lock.json');
    return (change: string): boolean => {
      const changed = change.slice(change.indexOf(' ') + 1);
      if (own.some((directory) => changed === directory || changed.startsWith(`${directory}/`))) return true;
      return changed === lock || changed.startsWith(path(TEMPORARY));
    };
  };

  function expectOnlyOwn(trace: Trace, project: Project): void {
    const isAllowed = allowed(project);
    expect(trace.changes.filter((change) => !isAllowed(change))).toEqual([]);
    expect(trace.programs).toEqual([process.execPath]);
    expect(trace.processes).toEqual([]);
    expect([...filesBelow(outside)].map(([path, bytes]) => [path, bytes.toString()])).toEqual([['canary', 'alive']]);
    expect(filesBelow(project.path('home')).size).toBe(0);
  }

  it('writes its cache, the lock and the destination only, and starts no program', async () => {
    const project = world.project({ yaml: `${world.yaml}${FILES}` });
    const local = elfFile({ needed: ['liblocal.so'], interpreter: '/lib/ld.so' });
    makeTree(project.path('root'), {
      'usr/bin/local': { content: local, mode: 0o755 },
      'lib/liblocal.so': elfFile({ soname: 'liblocal.so' }),
      'lib/ld.so': elfFile({ soname: 'ld.so' }),
    });
    const planned = await tracedRun(project, 'plan');
    expect([planned.status, planned.stdout]).toEqual([0, planned.stdout]);
    expectOnlyOwn(planned, project);
    expect(planned.changes).toContainEqual(expect.stringContaining(project.path('image.lock.json')));
    expect(planned.changes.some((change) => change.includes(project.path('out')))).toBe(false);
    const applied = await tracedRun(project, 'apply', '-o', 'oci:out');
    expect([applied.status, applied.stdout]).toEqual([0, applied.stdout]);
    expectOnlyOwn(applied, project);
    expect(applied.changes).toContainEqual(expect.stringContaining(project.path('out/index.json')));
    expect(JSON.parse(applied.stdout).digest).toBe(JSON.parse(planned.stdout).digest);
  });

  /** A build that has to refuse one of its inputs. */
  async function expectRefused(contents: string, base = 'scratch'): Promise<void> {
    const project = world.project({ yaml: yamlOf(contents, base) });
    const trace = await tracedRun(project, 'apply', '-o', 'oci:out');
    expect([trace.status, trace.stdout]).toEqual([1, trace.stdout]);
    expect(JSON.parse(trace.stdout).error.code).toMatch(/^(archive-ambiguous|deb-invalid|input-kind)$/);
    expectOnlyOwn(trace, project);
    expect(trace.changes.length).toBeGreaterThan(0);
    expect(project.lock()).toBeUndefined();
  }

  const casesOf = (make: (outside: string) => readonly HostileArchive[]): readonly (readonly [string, number])[] =>
    make('/outside').map(({ title }, index) => [title, index]);
  const serve = (name: string, bytes: Buffer): string => {
    world.web.files.set(`files/${name}`, bytes);
    return `${world.web.origin}/files/${name}`;
  };

  it.each(casesOf(hostileTars))('takes nothing out of a tar with %s', async (_, index) => {
    const url = serve(`hostile${index}.tar.gz`, gzipSync(hostileTars(outside)[index]!.bytes));
    await expectRefused(`{ fetch: "${url}", extract: {}, to: /opt }`);
  });

  it.each(casesOf(hostileZips))('takes nothing out of a zip with %s', async (_, index) => {
    const url = serve(`hostile${index}.zip`, hostileZips(outside)[index]!.bytes);
    await expectRefused(`{ fetch: "${url}", extract: {}, to: /opt }`);
  });

  describe('from packages', () => {
    beforeAll(async () => {
      const packages = hostileDebs(outside).map(({ name, bytes }) => ({
        fields: { Package: name, Version: '1.0-1' },
        bytes,
      }));
      const { directory } = await makeArchive(join(top.path, 'hostile'), [{ suite: 'hostile', packages }], world.key);
      for (const [path, bytes] of filesBelow(directory)) world.web.files.set(`hostile/${path}`, bytes);
    });

    it.each(casesOf(hostileDebs))('takes nothing out of one with %s', async (_, index) => {
      const { name } = hostileDebs(outside)[index]!;
      const mirror = `${world.web.origin}/hostile`;
      await expectRefused(`debian: { suite: hostile, mirror: "${mirror}", keyring: keyring.gpg, packages: [${name}] }`);
    });
  });

  describe('from images', () => {
    const put = async (index: number): Promise<string> => {
      const image = await makeImage({ layers: [hostileTars(outside)[index]!.bytes] });
      putImage(world.registry.repository(`hostile${index}`), image, 'v1');
      return `docker://${world.registry.authority}/hostile${index}:v1`;
    };
    const absolute = casesOf(hostileTars).findIndex(([title]) => title === 'an absolute name');
    const refused = casesOf(hostileTars).filter(([, index]) => index !== absolute);

    it.each(refused)('takes nothing out of one that is copied from, with %s', async (_, index) => {
      await expectRefused(`{ image: "${await put(index)}", paths: ["/**"] }`);
    });

    it.each(refused)('takes nothing out of a base with %s', async (_, index) => {
      await expectRefused('{ text: hello, to: /d/hello }', await put(index));
    });

    // For every runtime it is one in the image.
    it('takes an absolute name for one in the image', async () => {
      const yaml = yamlOf(`{ image: "${await put(absolute)}", paths: ["${outside}/canary"] }`);
      const project = world.project({ yaml });
      const trace = await tracedRun(project, 'apply', '-o', 'oci:out');
      expect([trace.status, trace.stdout]).toEqual([0, trace.stdout]);
      expectOnlyOwn(trace, project);
    });
  });
});

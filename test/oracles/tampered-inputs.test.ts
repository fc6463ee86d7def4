import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageLock, renderLock } from '../../src/lock/index.js';
import { sha256 } from '../support/layout.js';
import { need } from '../support/programs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import {
  filesBelow,
  makePinnedContents,
  openPinnedWorld,
  type PinnedContents,
  type PinnedWorld,
  type Project,
  readLockOf,
} from './pinned-world.js';
import { deb, inRelease, packages } from './tampered/debian.js';
import { declared, downloads } from './tampered/downloads.js';
import { layoutImages, moveTags, registryImages } from './tampered/images.js';
import { lockItself } from './tampered/lock.js';
import type { TamperedCase, TamperedInput } from './tampered/tampered-input.js';

const INPUTS: readonly TamperedInput[] = [
  inRelease,
  packages,
  deb,
  downloads,
  declared,
  registryImages,
  layoutImages,
  lockItself,
];

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** A layout shows an image with its index. Blobs that came before the failure are what their names say. */
function expectNoImage(layout: string): void {
  if (!existsSync(layout)) return;
  const files = filesBelow(layout);
  for (const [path, bytes] of files) expect(path).toBe(`blobs/sha256/${sha256(bytes).slice('sha256:'.length)}`);
}

/** The failure that a case ends with; nothing may be left of it. */
async function refusalOf({ args = [], status = 4 }: TamperedCase, project: Project) {
  const before = project.lock();
  const outcome = await project.run('apply', '-o', 'oci:out', ...args);
  expect([outcome.status, outcome.stdout]).toEqual([status, outcome.stdout]);
  expect(project.lock()).toEqual(before);
  expectNoImage(project.path('out'));
  return JSON.parse(outcome.stdout).error;
}

describe.skipIf(!need('dpkg-deb', 'xz'))('what is not what it should be', () => {
  const top = temporaryDirectory();
  let contents: PinnedContents;
  beforeAll(async () => {
    contents = await makePinnedContents(top.path);
  });

  // Each has servers of its own, so that they need not wait for each other.
  describe.each(INPUTS)('$input', { concurrent: true }, ({ input, yaml, cases }) => {
    let world: PinnedWorld;
    let honest: { readonly digest: string; readonly lock: ImageLock };
    const options = () => ({ yaml: yaml?.(world), cache: join(top.path, `cache of ${input}`) });
    beforeAll(async () => {
      world = await openPinnedWorld(top.path, contents);
      const project = world.project({ yaml: yaml?.(world) });
      honest = { digest: await project.build(), lock: readLockOf(project) };
    });
    afterAll(() => world.close());

    describe('tampered with', { sequential: true }, () => {
      it.each(cases)('is refused: $title', async (tampered) => {
        const project = world.project({ ...options(), lock: (tampered.lock ?? (() => honest.lock))(honest.lock) });
        const undo = await tampered.tamper?.(world);
        try {
          const { code, message, details } = await refusalOf(tampered, project);
          expect({ code, message }).toEqual({ code: tampered.code, message });
          for (const name of tampered.names) expect(message).toMatch(name);
          if (tampered.digests !== true) return;
          const { expected, found } = details;
          expect(expected).toMatch(DIGEST);
          expect(found).toMatch(DIGEST);
          expect(found).not.toBe(expected);
          for (const digest of [expected, found]) expect(message).toContain(digest);
        } finally {
          if (typeof undo === 'function') undo();
          world.web.faults.clear();
          world.registry.faults.clear();
        }
      });

      it('leaves nothing behind: with the same cache the image is the honest one', async () => {
        const project = world.project({ ...options(), lock: cases[0]!.tamper === undefined ? honest.lock : undefined });
        expect(await project.build()).toBe(honest.digest);
        expect(project.lock()).toEqual(Buffer.from(renderLock(honest.lock)));
      });
    });
  });

  describe('that is pinned', () => {
    let world: PinnedWorld;
    let honest: Project;
    let digest: string;
    beforeAll(async () => {
      world = await openPinnedWorld(top.path, contents);
      honest = world.project();
      digest = await honest.build();
    });
    afterAll(() => world.close());

    it('shows in verify where the lock says something else of the tree of the base', async () => {
      const [before, after] = ['"usr": ["directory", "0755"', '"usr": ["directory", "0700"'];
      const lock = honest.lock()!.toString();
      expect(lock).toContain(before);
      const project = world.project({ lock: Buffer.from(lock.replace(before, after)) });
      // A build believes it: that is what spares it the layers of the base.
      expect(await project.build()).not.toBe(digest);
      const { status, stdout } = await project.run('verify', 'oci:out:v1', '-f', '.');
      expect([status, JSON.parse(stdout)]).toEqual([
        3,
        expect.objectContaining({ reproducible: false, found: digest }),
      ]);
    });

    it('does not matter where only tags moved', async () => {
      await moveTags(world);
      const project = world.project({ lock: honest.lock() });
      expect(await project.build()).toBe(digest);
      expect(project.lock()).toEqual(honest.lock());
    });
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choosePackages, parsePackages, verifyRelease } from '../../src/debian/index.js';
import { bytesOf } from '../../src/util/index.js';
import { makeArchive, type TestArchive } from '../support/debian/make-archive.js';
import { type Mirror, mirrors } from '../support/debian/mirror.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function get({ url }: Mirror, path: string): Promise<Buffer> {
  const response = await fetch(`${url}/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function readRelease(mirror: Mirror, { keyringFile }: TestArchive, suite: string) {
  const check = { keyring: readFileSync(keyringFile), now: Date.parse('2025-02-01T00:00:00Z'), isSnapshot: false };
  return verifyRelease(await get(mirror, `dists/${suite}/InRelease`), {
    ...check,
    suite,
    what: `InRelease of ${suite}`,
  });
}

describe.skipIf(!need('dpkg-deb', 'xz', 'base64'))('an archive', () => {
  const directory = temporaryDirectory();
  const open = mirrors();
  const make = (name: string): Promise<TestArchive> =>
    makeArchive(join(directory.path, name), [
      {
        suite: 'stable',
        byHash: true,
        packages: {
          main: [
            {
              fields: { Package: 'tool', Version: '1:2-3', Depends: 'libtool1 (>= 2)' },
              files: { 'usr/bin/tool': { content: 'x', mode: 0o755 } },
            },
            {
              fields: { Package: 'libtool1', Version: '2' },
              compression: 'zstd',
              control: { postinst: { content: '#!/bin/sh\n', mode: 0o755 } },
            },
          ],
          extra: [{ fields: { Package: 'data', Architecture: 'all' }, compression: 'none' }],
        },
      },
    ]);

  it('is read from its signature down to a package', async () => {
    const archive = await make('whole');
    const mirror = await open(archive.directory);
    const release = await readRelease(mirror, archive, 'stable');
    expect(release.components).toEqual(['main', 'extra']);
    for (const [path, { digest, size }] of release.files) {
      const bytes = await get(mirror, `dists/stable/${path}`);
      expect([path, sha256(bytes), bytes.length]).toEqual([path, digest, size]);
      const byHash = `dists/stable/${path.replace(/[^/]*$/, '')}by-hash/SHA256/${digest.slice(7)}`;
      expect(sha256(await get(mirror, byHash))).toBe(digest);
    }
    const index = await get(mirror, 'dists/stable/main/binary-amd64/Packages');
    const available = await parsePackages(bytesOf(index), { what: 'Packages', suite: 'stable' });
    const request = { architecture: 'amd64', available, held: [], exclude: [], recommends: false, essential: false };
    const { packages, why } = choosePackages({ ...request, requests: [{ name: 'tool' }] });
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['libtool1 2', 'tool 1:2-3']);
    expect(why.get('libtool1')).toEqual(['tool', 'libtool1']);
    for (const { path, digest, size, name } of packages) {
      const bytes = await get(mirror, path);
      expect([sha256(bytes), bytes.length]).toEqual([digest, size]);
      expect(await outputOf('dpkg-deb', ['--field', join(archive.directory, path), 'Package'])).toBe(name);
    }
    expect(mirror.count('dists/stable/InRelease')).toBe(1);
  });

  it('is made of the same bytes each time, but for its key', async () => {
    const [one, other] = [await make('one'), await make('other')];
    for (const path of ['dists/stable/main/binary-amd64/Packages.xz', 'pool/main/t/tool/tool_2-3_amd64.deb']) {
      expect(sha256(readFileSync(join(one.directory, path)))).toBe(sha256(readFileSync(join(other.directory, path))));
    }
  });

  it('is refused where its mirror changes its index', async () => {
    const archive = await make('tampered');
    const mirror = await open(archive.directory);
    mirror.tamper('dists/stable/InRelease', (bytes) => Buffer.from(bytes.toString().replace('main extra', 'main')));
    expect(await failureOf(readRelease(mirror, archive, 'stable'))).toMatchObject({
      code: 'signature-invalid',
      exit: 4,
    });
    mirror.tamper('dists/stable/InRelease', 503);
    await expect(readRelease(mirror, archive, 'stable')).rejects.toThrow('503');
  });
});

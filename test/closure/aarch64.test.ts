import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { closureInDirectory } from './support.js';

/** What Debian's libc6-arm64-cross and libstdc++6-arm64-cross install: a tree of another machine. */
const ROOT = '/usr/aarch64-linux-gnu';
const isThere = existsSync(join(ROOT, 'lib/libstdc++.so.6'));
if (!isThere && process.env.CI) throw new Error(`${ROOT} is missing`);

describe.skipIf(!need('qemu-aarch64-static') || !isThere)('the closure in a tree for arm64', () => {
  const place = temporaryDirectory();

  it.each(['libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libnss_hesiod.so.2', 'libresolv.so.2'])(
    'of %s is what its own loader lists',
    async (name) => {
      const loader = join(ROOT, 'lib/ld-linux-aarch64.so.1');
      const args = [loader, '--library-path', '/lib', '--list', join('/lib', name)];
      const listed = (await outputOf('qemu-aarch64-static', ['-L', ROOT, ...args]))
        .split('\n')
        .map((line) => /^\s*(\S+) (?:=> \S+ )?\(0x/.exec(line)?.[1]?.replace(/^.*\//, ''))
        .filter((found) => found !== undefined && !found.startsWith('linux-vdso'));
      const needed = await closureInDirectory(ROOT, [`lib/${name}`]);
      const names = needed.map(({ why }) => why.at(-1)!.replace(/^.*\//, '')).filter((found) => found !== name);
      expect([...new Set(names)].sort()).toEqual(listed.sort());
    },
  );

  it('of a program has its loader, and what looks up names where it is wanted', async () => {
    const loader = 'lib/ld-linux-aarch64.so.1';
    const pathsWith = async (nameService: boolean) =>
      (await closureInDirectory(ROOT, ['lib/libc.so.6'], { nameService })).map(({ path }) => path);
    expect(await pathsWith(false)).toEqual([loader]);
    const more = ['lib/libnss_dns.so.2', 'lib/libnss_files.so.2', 'lib/libresolv.so.2'];
    expect(await pathsWith(true)).toEqual([loader, ...more]);
  });

  it('of a program is enough to run it', async () => {
    const version = join(place.path, 'lib/libc.so.6');
    const paths = (await closureInDirectory(ROOT, ['lib/libc.so.6'])).map(({ path }) => path);
    for (const path of ['lib/libc.so.6', ...paths]) cpSync(join(ROOT, path), join(place.path, path));
    expect(await outputOf('qemu-aarch64-static', ['-L', place.path, version])).toMatch(/^GNU C Library/);
  });
});

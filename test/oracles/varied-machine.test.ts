import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { digestsOf, sourceNames } from '../support/sources.js';
import { copyProgram, neutralEnv, program } from '../support/tbuild.js';
import { toolchains } from '../support/toolchains.js';
import { useVariations } from '../support/variations.js';

// What reprotest does not vary.

const variations = useVariations();

describe('the digests of the examples and of three awkward trees', () => {
  it('are seven', () => {
    expect(new Set(Object.values(variations.expected)).size).toBe(sourceNames.length);
    for (const digest of Object.values(variations.expected)) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  describe.each(toolchains())('with $name', ({ node, present }) => {
    it.skipIf(!present)('are the same', () => variations.expectSame({ command: [node, program] }));

    it.skipIf(!present)('are the same with the pinned compressors, which verify uses', async () => {
      for (const name of sourceNames) {
        const args = [
          'verify',
          variations.expected[name]!,
          '-f',
          join(variations.plain.sources, name),
          '--cache',
          variations.plain.cache,
          '--json',
        ];
        const result = JSON.parse(await outputOf(node, [program, ...args], { env: neutralEnv }));
        expect(result).toMatchObject({ reproducible: true, found: variations.expected[name] });
      }
    });
  });

  it.each([1, 2, 8])('are the same with --jobs %i', (jobs) =>
    variations.expectSame({ options: ['--jobs', String(jobs)] }),
  );

  it.each([
    ['CI', { CI: 'true', NO_COLOR: '1', UV_THREADPOOL_SIZE: '1', LC_ALL: 'C', LANG: undefined, TZ: undefined }],
    ['a terminal far away', { FORCE_COLOR: '3', UV_THREADPOOL_SIZE: '64', LC_ALL: 'et_EE.UTF-8', TZ: 'Pacific/Apia' }],
    ['a small machine', { NODE_OPTIONS: '--max-old-space-size=64' }],
  ])('are the same in the environment of %s', (_, env) => variations.expectSame({ env }));

  it.each(['000', '077'])('are the same with the umask %s', (umask) =>
    variations.expectSame({ first: `umask ${umask}` }),
  );
});

describe.skipIf(!needRoot() || !need('mkfs.ext4', 'mkfs.xfs', 'mkfs.btrfs'))('the file system', () => {
  it.each(['tmpfs', 'ext4', 'xfs', 'btrfs'])('never changes a digest: it is %s', async (type) => {
    const { directory, sources } = variations.freshPlace();
    const mounted = join(directory, 'mounted');
    mkdirSync(mounted);
    const within = [join(root, 'test', 'oracles', 'with-mount.sh'), type, mounted];
    const builder = { within, first: `cp -a '${sources}/.' '${mounted}'` };
    expect(await digestsOf(mounted, join(mounted, 'cache'), builder)).toEqual(variations.expected);
    rmSync(directory, { recursive: true });
  });
});

describe.skipIf(!needRoot() || !need('setpriv', 'unshare'))('a user without rights', () => {
  it('builds the same without a network, a home, or a source tree that can be written', async () => {
    const { directory, sources } = variations.freshPlace();
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
    expect(digests).toEqual(variations.expected);
    rmSync(directory, { recursive: true });
  });
});

import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { closureInDirectory } from './support.js';

/** Programs of packages that Debian marks essential or required, and of others that machines with a compiler have. */
const PROGRAMS = [
  ...[
    'bash',
    'cat',
    'chown',
    'cp',
    'dash',
    'date',
    'dd',
    'df',
    'dir',
    'dpkg',
    'dpkg-deb',
    'dpkg-query',
    'expr',
    'find',
  ],
  ...['findmnt', 'gawk', 'grep', 'gzip', 'hostname', 'id', 'install', 'ld.bfd', 'ls', 'lsblk', 'mawk', 'more', 'mount'],
  ...['perl', 'ps', 'readelf', 'sed', 'setpriv', 'sort', 'stat', 'tar', 'top', 'unshare', 'xargs', 'login', 'apt-get'],
  ...['apt-config', 'as', 'bwrap', 'cmake', 'curl', 'gcc', 'git', 'gpg', 'gpgv', 'make', 'openssl', 'podman', 'skopeo'],
  ...['sqlite3', 'ssh', 'strace', 'vim.basic', 'wget', 'xz', 'zstd', 'rsync', 'nft', 'bsdtar', 'crun', 'umount', 'su'],
];
const WANTED = 40;

function isDynamic(path: string): boolean {
  const bytes = readFileSync(path);
  return bytes.subarray(0, 4).toString('latin1') === '\x7fELF' && bytes.subarray(0, 4096).includes('/ld-');
}

/** Where those programs really are that this machine has. */
const found = [
  ...new Set(
    PROGRAMS.map((name) => `/usr/bin/${name}`)
      .filter((path) => existsSync(path))
      .map((path) => realpathSync(path)),
  ),
].filter(isDynamic);

/** What ldd lists: the real paths of libraries and loader, sorted, without what the kernel brings. */
async function listedByLdd(program: string): Promise<string[]> {
  const listed = (await outputOf('ldd', [program], { env: { LD_LIBRARY_PATH: undefined, LD_PRELOAD: undefined } }))
    .split('\n')
    .map((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1])
    .filter((path) => path !== undefined);
  return [...new Set(listed.map((path) => realpathSync(path)))].sort();
}

describe.skipIf(!need('ldd'))('the closure of programs of this machine', () => {
  it(`is tried on ${WANTED} programs or more`, () => {
    expect(found.length).toBeGreaterThanOrEqual(WANTED);
  });

  it.each(found)('of %s is what ldd lists', async (program) => {
    const needed = await closureInDirectory('/', [program.slice(1)]);
    const files = needed.map(({ path }) => `/${path}`).filter((path) => lstatSync(path).isFile());
    expect(files).toEqual(await listedByLdd(program));
    for (const { why } of needed) expect(why[0]).toBe(program);
  });
});

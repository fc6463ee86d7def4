import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAwkwardSource } from '../support/awkward-source.js';
import { copyExamples } from '../support/examples.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { run } from '../support/run.js';
import { copyProgram } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const vary = join(root, 'test', 'oracles', 'reprotest', 'vary-all.sh');

/** What reprotest varies, and a command that shows it. */
const leaks: readonly (readonly [string, string])[] = [
  ['the environment', 'env | grep ^REPROTEST_CAPTURE || true'],
  ['the build path', 'pwd'],
  ['the kernel', 'uname -r'],
  ['the layout of memory', 'cat /proc/self/personality'],
  ['the number of processors', 'nproc'],
  ['the time', 'date +%F'],
  ['the user and group', 'id'],
  ['the order of a directory', 'ls -U files'],
  ['the host name', 'hostname'],
  ['the home directory', 'echo $HOME'],
  ['the locale', 'locale | grep ^LC_ALL'],
  ['the path to programs', 'echo $PATH'],
  ['the time zone', 'echo $TZ'],
  ['the umask', 'umask'],
];

describe.skipIf(!needRoot() || !need('reprotest', 'disorderfs', 'faketime', 'unshare'))('reprotest', () => {
  const workspace = temporaryDirectory();
  let program: string;
  beforeAll(() => {
    program = copyProgram(join(workspace.path, 'program'));
    const examples = join(workspace.path, 'examples');
    copyExamples(examples);
    makeAwkwardSource(join(examples, 'awkward-gzip'), 'gzip');
    makeAwkwardSource(join(examples, 'awkward-zstd'), 'zstd');
    const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) => [name, name]));
    makeTree(join(workspace.path, 'leaky', 'files'), files);
  });

  it.each(leaks)('notices a build that depends on %s', async (_, command) => {
    const { status, stdout, stderr } = await run(vary, [join(workspace.path, 'leaky'), `(${command}) > out`, 'out']);
    expect(status, stdout + stderr).toBe(1);
  });

  it.each([
    ['hello', 'hello'],
    ['static-site', 'static-site'],
    ['derived, with its base', 'derived'],
    ['the awkward tree with gzip', 'awkward-gzip'],
    ['the awkward tree with zstd', 'awkward-zstd'],
  ])(
    'finds the same image of %s, with all fourteen variations at once',
    async (_, name) => {
      const tbuild = `${process.execPath} ${program} --cache cache apply`;
      const base = name === 'derived' ? `${tbuild} base -o oci:base/layout && ` : '';
      // The archive holds the layout and what docker loads; the digest is what every other place shows.
      const command = `${base}${tbuild} . --quiet -o oci-archive:out.tar > out.digest`;
      const source = join(workspace.path, 'examples', name);
      const { status, stdout, stderr } = await run(vary, [source, command, 'out.*'], {
        env: { SOURCE_DATE_EPOCH: undefined, CI: undefined },
      });
      expect(status, stdout + stderr).toBe(0);
    },
    120_000,
  );
});

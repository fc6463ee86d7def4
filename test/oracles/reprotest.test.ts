import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyArtifactExamples, npmPackages } from '../support/artifact-examples.js';
import { makeAwkwardSource } from '../support/awkward-source.js';
import { copyExamples } from '../support/examples.js';
import { makeTree } from '../support/make-tree.js';
import { type NpmRegistry, startNpmRegistry } from '../support/npm/npm-registry.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { run } from '../support/run.js';
import { copyProgram } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { hasTools, toolPath } from '../support/tool-path.js';

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
  let registry: NpmRegistry;
  beforeAll(async () => {
    program = copyProgram(join(workspace.path, 'program'));
    const examples = join(workspace.path, 'examples');
    copyExamples(examples);
    makeAwkwardSource(join(examples, 'awkward-gzip'), 'gzip');
    makeAwkwardSource(join(examples, 'awkward-zstd'), 'zstd');
    const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) => [name, name]));
    makeTree(join(workspace.path, 'leaky', 'files'), files);
    registry = await startNpmRegistry(npmPackages);
    await copyArtifactExamples(join(workspace.path, 'artifacts'), registry);
    // One platform varies as the other does, and each compiles Go's standard library twice.
    const goImage = join(workspace.path, 'artifacts', 'go-binary', 'image.yaml');
    writeFileSync(goImage, readFileSync(goImage, 'utf8').replace(', linux/arm64]', ']'));
  });
  afterAll(() => registry.close());

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

  const compiled = [
    { name: 'c-program', tools: ['make', 'cc'], options: [] },
    { name: 'node-app', tools: ['npm'], options: [] },
    { name: 'python-wheel', tools: ['python3'], options: [] },
    { name: 'go-binary', tools: ['go'], options: [] },
    // The compilers of rustup belong to one user, and no other can read them.
    { name: 'rust-binary', tools: ['cargo', 'cc'], options: ['--vary=-user_group'] },
  ];
  it.each(compiled.filter(({ tools }) => hasTools(...tools)))(
    'finds the same image of $name, which is compiled here',
    async ({ name, options }) => {
      const command = `${process.execPath} ${program} --cache cache apply . --quiet -o oci-archive:out.tar > out.digest`;
      const source = join(workspace.path, 'artifacts', name);
      const { status, stdout, stderr } = await run(vary, [source, command, 'out.*', ...options], {
        env: { SOURCE_DATE_EPOCH: undefined, CI: undefined, PATH: `/usr/local/sbin:/usr/sbin:/sbin:${toolPath}` },
      });
      expect(status, stdout + stderr).toBe(0);
    },
    300_000,
  );
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();

const HEAD = 'version: 1\nplatforms: [linux/amd64]\n';

const MANIFESTS = {
  'base/image.yaml': `${HEAD}base: scratch
layers: [{ name: os, contents: [{ files: release, to: /etc/release }] }]
`,
  'app/image.yaml': `${HEAD}base: ../base
artifacts:
  server:
    run: cat main.c > "$OUT/server"
    inputs: { include: [main.c] }
    tools: [cat, sh]
    sandbox: relaxed
layers: [{ name: app, contents: [{ artifact: server, path: server, to: /usr/bin/server }] }]
config: { entrypoint: [/usr/bin/server] }
`,
  'leaf/image.yaml': `${HEAD}base: scratch
layers: [{ name: leaf, contents: [{ text: "leaf\\n", to: /leaf }] }]
`,
  'base/release': 'one\n',
  'app/main.c': 'main\n',
};

function write(path: string, text: string): void {
  const file = join(workspace.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const tbuild = (...args: string[]) =>
  runTbuild(['--cache', join(workspace.path, '.cache'), ...args], { cwd: workspace.path });

beforeAll(async () => {
  for (const [path, text] of Object.entries(MANIFESTS)) write(path, text);
  expect((await tbuild('apply', '.', '-q')).stderr).toBe('');
});

describe('several images', () => {
  it('are up to date after apply', async () => {
    const { status, stdout } = await tbuild('plan', '.', '--detailed-exitcode');
    expect([status, stdout]).toEqual([0, 'No changes. 3 images up to date.\n']);
  });

  it('are planned where they are affected, in order and with the cause', async () => {
    write('base/release', 'two\n');
    const { status, stdout } = await tbuild('plan', '.', '--detailed-exitcode');
    expect(status).toBe(2);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^~ base\/image\.yaml .*release changed {2}base\/image\.yaml:4$/),
      expect.stringMatching(/^~ app\/image\.yaml .*base base\/image\.yaml changed$/),
      '= 1 image unchanged (--verbose names them)',
    ]);
    expect(stdout).toContain('\nPlan: 2 of 3 images change, 1 layer to build.\n');
  });

  it('are a comment whose digests are those of the document', async () => {
    const { stdout: comment } = await tbuild('plan', '.', '--format', 'markdown');
    const set = JSON.parse((await tbuild('plan', '.', '--json')).stdout);
    expect(set.images.map(({ file }: { file: string }) => file)).toEqual([
      'base/image.yaml',
      'app/image.yaml',
      'leaf/image.yaml',
    ]);
    for (const { plan } of set.images.slice(0, 2)) expect(comment).toContain(`Image: ${plan.digest}\n`);
    expect(comment).toContain('### Plan: 2 of 3 images change\n');
  });

  it('are applied as their saved plan says, and not where something moved', async () => {
    write('app/main.c', 'planned\n');
    const { stderr } = await tbuild('plan', 'app', '-o', 'plan.json');
    expect(stderr).toContain('plan.json is written. To do just this: tbuild apply plan.json\n');
    write('app/main.c', 'moved\n');
    const stale = await tbuild('apply', 'plan.json');
    expect([stale.status, stale.stdout]).toEqual([4, '']);
    expect(stale.stderr).toMatch(/^error\[plan-stale\]: "plan\.json" /);
    expect(stale.stderr).toMatch(/\| .*main\.c .*\n? *\|? *sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}\n/);
    write('app/main.c', 'planned\n');
    const done = await tbuild('apply', 'plan.json', '-o', 'oci:out:planned');
    expect([done.status, done.stdout]).toEqual([0, expect.stringContaining('ran 1 artifact')]);
  });

  it('differ, and diff says by its exit status whether', async () => {
    await tbuild('apply', 'leaf', '-o', 'oci:layout:1');
    write('leaf/image.yaml', MANIFESTS['leaf/image.yaml'].replace('leaf\\n', 'other\\n'));
    await tbuild('apply', 'leaf', '-o', 'oci:layout:2');
    const different = await tbuild('diff', 'oci:layout:1', 'oci:layout:2');
    expect(different.status).toBe(1);
    expect(different.stdout).toMatch(/\n {2}~ \/leaf {2}sha256:\S+ → sha256:\S+ .*\n {6}line 1.* leaf → other\n/);
    expect((await tbuild('diff', 'oci:layout:1', 'oci:layout:1', '-q')).status).toBe(0);
    expect((await tbuild('diff', 'oci:layout:1', 'oci:missing')).status).toBe(2);
  });

  it('say at which level the command of an artifact ran, and where what it left behind is if it fails', async () => {
    write('app/image.yaml', MANIFESTS['app/image.yaml'].replace('cat main.c', 'cat main.h'));
    const planned = await tbuild('plan', 'app');
    expect(planned.stdout).toMatch(
      / \* artifact server {2}will run, relaxed sandbox\n {6}~ command {2}sha256:\S+ → sha256:\S+\n/,
    );
    const { status, stderr } = await tbuild('apply', 'app');
    expect(status).toBe(5);
    const [, log] = /= whole log: +(\S+)\n/.exec(stderr)!;
    expect(readFileSync(log!, 'utf8')).toContain('main.h');
    expect(stderr).toMatch(/= build directory: \S+\n {2}= to look around: {2}\S.*\n/);
  });
});

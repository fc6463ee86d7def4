import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';
import { program, runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MANIFEST = `version: 1
base: scratch
layers:
  - name: busybox
    contents:
      - files: busybox
        to: /bin/busybox
      - symlink: busybox
        to: /bin/sh
config: { entrypoint: [/bin/sh, -c] }
`;

describe.skipIf(!need('busybox', 'runc'))('a container', () => {
  const workspace = temporaryDirectory();
  const tbuild = (...args: string[]) =>
    runTbuild(['--cache', join(workspace.path, '.cache'), ...args], { cwd: workspace.path });

  beforeAll(async () => {
    const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
    copyFileSync(busybox, join(workspace.path, 'busybox'));
    writeFileSync(join(workspace.path, 'image.yaml'), MANIFEST);
    expect((await tbuild('apply', '-o', 'oci:out:1', '-q')).status).toBe(0);
  });

  it('has its own output and exit status, the variables that are set, and no network', async () => {
    const script = 'echo "out $A"; echo err >&2; busybox ifconfig -a | busybox grep -c eth; exit 7';
    const { status, stdout, stderr } = await tbuild(
      'run',
      'oci:out:1',
      '--runtime',
      'runc',
      '--env',
      'A=1',
      '--',
      script,
    );
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'out 1\n0\n', stderr: 'err\n' });
  });

  it.each([
    ['a reader that goes away', '| head -n 1', 'y\n', /^status 141\n$/],
    ['a full disk', '> /dev/full', '', /^error\[output-failed\]: .*\nstatus 1\n$/],
  ])('ends with %s, as any program that writes there', async (_, to, stdout, stderr) => {
    const script = `{ "$@" run oci:out:1 --runtime runc -- 'busybox yes'; echo "status $?" >&2; } ${to}`;
    const before = [process.execPath, program, '--cache', join(workspace.path, '.cache')];
    const result = await run('sh', ['-c', script, 'sh', ...before], { cwd: workspace.path });
    expect(result).toMatchObject({ stdout, stderr: expect.stringMatching(stderr) });
  });

  it('runs with the next runtime where the first cannot start it, and so does an asserted command', async () => {
    const fake = join(workspace.path, 'fake');
    mkdirSync(fake);
    writeFileSync(join(fake, 'podman'), '#!/bin/sh\necho "Error: no namespaces here" >&2\nexit 125\n', { mode: 0o755 });
    const env = { PATH: `${fake}:${process.env.PATH}` };
    const options = { cwd: workspace.path, env };
    const cache = ['--cache', join(workspace.path, '.cache')];
    const ran = await runTbuild([...cache, 'run', 'oci:out:1', '--', 'echo ran'], options);
    expect(ran).toMatchObject({ status: 0, stdout: 'ran\n' });
    const wanted = await runTbuild([...cache, 'run', 'oci:out:1', '--runtime', 'podman', '--', 'echo ran'], options);
    expect([wanted.status, wanted.stderr]).toEqual([1, expect.stringContaining('no namespaces here')]);
    const asserted = 'assertions: { commands: [{ name: hi, run: [/bin/sh, -c, echo hi], stdout: [hi] }] }\n';
    writeFileSync(join(workspace.path, 'asserted.yaml'), `${MANIFEST}${asserted}`);
    const applied = await runTbuild([...cache, 'apply', 'asserted.yaml'], options);
    expect([applied.status, applied.stdout]).toEqual([0, expect.stringMatching(/assertions +1 holds/)]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/root.js';
import { run } from '../support/run.js';
import { program, runTbuild } from '../support/tbuild.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Runs a shell script in which `"$@"` is the program. */
function shell(script: string): ReturnType<typeof run> {
  return run('sh', ['-c', script, 'sh', process.execPath, program]);
}

describe('the process', () => {
  it.each(['--version', '-V'])('prints its version for %s', async (option) => {
    expect(await runTbuild([option])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints its version among other options too', async () => {
    expect(await runTbuild(['--json', '--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('exits 64 with a suggestion for a command that it does not know', async () => {
    expect(await runTbuild(['aply'])).toEqual({
      status: 64,
      stdout: '',
      stderr: 'error[usage]: Unknown command "aply"\n  = hint: Did you mean apply?\n',
    });
  });

  it.each(['--help', '--version'])('is quiet where the reader of %s goes away', async (option) => {
    // The sleep lets the reader be gone before the first byte is written.
    const { stderr } = await shell(`{ sleep 0.2; "$@" ${option}; echo "status $?" >&2; } | true`);
    expect(stderr).toBe('status 0\n');
  });

  it('fails where its result cannot be written', async () => {
    const { stderr } = await shell('"$@" --help > /dev/full; echo "status $?" >&2');
    expect(stderr).toBe(
      'error[output-failed]: Cannot write the result: no space left on the device (ENOSPC)\nstatus 1\n',
    );
  });

  it('works with standard streams closed', async () => {
    const { stderr } = await shell(
      '"$@" --help >&- <&-; echo "status $?" >&2; "$@" nothing 2>&-; echo "status $?" >&2',
    );
    expect(stderr).toBe('status 0\nstatus 64\n');
  });

  it('starts for --version in less than twice the time of Node itself', async () => {
    const timesOf = async (args: readonly string[]): Promise<number> => {
      const start = performance.now();
      await run(process.execPath, args);
      return performance.now() - start;
    };
    const node: number[] = [];
    const ours: number[] = [];
    for (let i = 0; i < 10; i++) {
      node.push(await timesOf(['-e', '0']));
      ours.push(await timesOf([program, '--version']));
    }
    expect(Math.min(...ours)).toBeLessThan(2 * Math.min(...node));
  });
});

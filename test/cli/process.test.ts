import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from '../support/root.js';
import { run } from '../support/run.js';
import { program, runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Runs a shell script in which `"$@"` is the program. */
function shell(script: string): ReturnType<typeof run> {
  return run('sh', ['-c', script, 'sh', process.execPath, program]);
}

describe('the process', () => {
  const workspace = temporaryDirectory();

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

  it('loads for --version only what it needs, so that it starts about as fast as Node itself', async () => {
    await runTbuild(['--version'], { env: { NODE_V8_COVERAGE: workspace.path } });
    const [report] = readdirSync(workspace.path);
    const { result } = JSON.parse(readFileSync(join(workspace.path, report!), 'utf8')) as { result: { url: string }[] };
    const loaded = result.map(({ url }) => url).filter((url) => url.includes('/dist/'));
    const bytes = loaded.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0);
    expect(loaded.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(10_000);
  });
});

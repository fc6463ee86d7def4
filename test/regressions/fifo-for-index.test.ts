import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { runTbuild, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MANIFEST = `version: 1
base: scratch
layers:
  - name: a
    contents: [{ text: a, to: /a }]
`;

describe.skipIf(!need('mkfifo'))('a layout with a fifo in place of index.json', () => {
  const workspace = temporaryDirectory();
  const options = () => ({ cwd: workspace.path, timeoutMs: 20_000 });
  const build = ['apply', 'source', '--cache', 'cache', '-o', 'oci:layout:a'];

  beforeAll(async () => {
    makeTree(join(workspace.path, 'source'), { 'image.yaml': MANIFEST });
    await tbuild(build, options());
    const index = join(workspace.path, 'layout', 'index.json');
    rmSync(index);
    execFileSync('mkfifo', [index]);
  });

  const commands: readonly [string, readonly string[]][] = [
    ['read', ['inspect', 'oci:layout:a']],
    ['written', build],
  ];
  it.each(commands)('is not waited for when it is %s', async (_title, args) => {
    const { status, stderr } = await runTbuild(args, options());
    expect(stderr).toContain('has an "index.json" that is not a file');
    expect(status).toBe(1);
  });
});

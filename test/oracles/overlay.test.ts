import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildExamples } from '../support/examples.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe.skipIf(!needRoot() || !need('podman'))('podman on overlay', () => {
  const workspace = temporaryDirectory();

  it('shows that a layer of tbuild leaves /lib a symlink and /tmp open to all', async () => {
    const examples = await buildExamples(workspace.path);
    const { layout } = examples.find((example) => example.name === 'derived')!;
    const script = join(root, 'test', 'oracles', 'merged-facts.sh');
    const paths = ['lib', 'tmp', 'usr/lib', 'usr/lib/libgreeting.txt', 'lib/libgreeting.txt', 'tmp/note.txt'];
    const facts = await outputOf(script, [layout, 'latest', ...paths]);
    expect(facts.split('\n').map((line) => line.trimEnd())).toEqual([
      'overlayfs',
      'Greetings from a layer on top',
      'lib: symbolic link 777 0:0 usr/lib',
      'tmp: directory 1777 0:0',
      'usr/lib: directory 755 0:0',
      'usr/lib/libgreeting.txt: regular file 644 0:0',
      'lib/libgreeting.txt: regular file 644 0:0',
      'tmp/note.txt: regular file 644 0:0',
    ]);
  }, 120_000);
});

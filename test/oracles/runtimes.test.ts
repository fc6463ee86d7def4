import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BuiltExample, buildExamples } from '../support/examples.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const programs = ['skopeo', 'umoci', 'jq', 'runc', 'crun', 'podman', 'containerd', 'ctr', 'dockerd', 'docker', 'bwrap'];

describe.skipIf(!needRoot() || !need(...programs))('nine runtimes', () => {
  const workspace = temporaryDirectory();
  let examples: readonly BuiltExample[];
  beforeAll(async () => {
    examples = await buildExamples(workspace.path);
  });

  it.each([
    ['hello', 'Hello from tbuild'],
    ['derived', 'Greetings from a layer on top'],
  ])(
    'run the example %s',
    async (name, expected) => {
      const { layout } = examples.find((example) => example.name === name)!;
      const script = join(root, 'test', 'oracles', 'run-proof.sh');
      const { stdout } = await run(script, [layout, 'latest', expected]);
      expect(stdout).not.toContain('FAILED');
      expect(stdout.trim().split('\n').at(-1)).toBe('9 passed, 0 failed');
    },
    300_000,
  );
});

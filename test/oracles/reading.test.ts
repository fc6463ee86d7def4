import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAwkwardSource } from '../support/awkward-source.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { filesIn } from '../support/sources.js';
import { neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A file as young as the clock is coarse may change again unseen, so its digest is not remembered. */
const SETTLING_MS = 2_100;

describe.skipIf(!need('strace'))('a second plan', () => {
  const workspace = temporaryDirectory();
  let source: string;
  let inputs: readonly string[];
  beforeAll(async () => {
    source = join(workspace.path, 'source');
    makeAwkwardSource(source, 'gzip');
    inputs = filesIn(join(source, 'tree'));
    await setTimeout(SETTLING_MS);
  });

  /** The input files that a plan opens. */
  async function openedByPlan(): Promise<readonly string[]> {
    const trace = join(workspace.path, 'trace');
    const strace = ['-f', '-qq', '-s', '4096', '-e', 'trace=open,openat,openat2', '-o', trace];
    const plan = [process.execPath, program, 'plan', source, '--cache', join(workspace.path, 'cache')];
    await outputOf('strace', [...strace, ...plan], { env: neutralEnv });
    // strace writes what is not ASCII as octal escapes.
    const text = readFileSync(trace, 'utf8').replace(/(\\[0-7]{1,3})+/g, (escapes) =>
      Buffer.from(
        escapes
          .split('\\')
          .slice(1)
          .map((digits) => Number.parseInt(digits, 8)),
      ).toString(),
    );
    expect(text).toContain(`"${join(source, 'image.yaml')}"`);
    return inputs.filter((path) => text.includes(`"${path}"`));
  }

  it('reads no input file again, while the first one reads them all', async () => {
    expect(inputs.length).toBeGreaterThan(15);
    expect(await openedByPlan()).toEqual(inputs);
    expect(await openedByPlan()).toEqual([]);
  });
});

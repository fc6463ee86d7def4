import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noise } from '../support/awkward-source.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MIB = 1024 * 1024;

describe.skipIf(!need('time'))('memory', () => {
  const workspace = temporaryDirectory();

  /** Builds a layer of one file of noise; the most memory that the process held, in MiB. */
  async function peakOf(sizeMib: number): Promise<number> {
    const source = join(workspace.path, `source-${sizeMib}`);
    makeTree(source, {
      'image.yaml':
        'version: 1\nbase: scratch\nlayers: [{ name: big, contents: [{ files: big.bin, to: /big.bin }] }]\n',
    });
    const file = openSync(join(source, 'big.bin'), 'wx');
    const block = noise(8 * MIB);
    for (let written = 0; written < sizeMib; written += 8)
      writeSync(file, block, 0, Math.min(8, sizeMib - written) * MIB);
    closeSync(file);
    const report = join(source, 'time');
    const cache = join(source, 'cache');
    mkdirSync(cache);
    const apply = [process.execPath, program, 'apply', source, '--cache', cache, '--quiet'];
    await outputOf('time', ['-f', '%M', '-o', report, ...apply], { env: neutralEnv });
    const peak = Number(readFileSync(report, 'utf8')) / 1024;
    rmSync(source, { recursive: true });
    return peak;
  }

  // Two gigabytes of it in CI; at home a smaller one shows the same.
  const large = process.env.CI ? 2048 : 384;

  it(`does not grow with a layer: ${large} MiB are built in less than 300`, async () => {
    const small = await peakOf(128);
    const peak = await peakOf(large);
    expect(peak).toBeLessThan(300);
    expect(peak - small).toBeLessThan(64);
  }, 300_000);
});

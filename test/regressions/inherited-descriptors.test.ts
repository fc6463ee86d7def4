import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { program } from '../support/tbuild.js';

const directory = mkdtempSync(join(tmpdir(), 'tbuild-descriptors-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const image = (descriptor: number): string => `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  probe:
    run: |
      cat /proc/self/fd/${descriptor} > "$OUT/found" 2> /dev/null || :
      ! test -s "$OUT/found"
    tools: [cat]
layers: []
`;

describe.skipIf(!existsSync('/proc/self/fdinfo'))('a command', () => {
  it.each([3, 20, 250])('cannot read what tbuild itself was given open as descriptor %i', (descriptor) => {
    writeFileSync(join(directory, 'secret'), 'secret\n');
    writeFileSync(join(directory, 'image.yaml'), image(descriptor));
    const secret = openSync(join(directory, 'secret'), 'r');
    const others = Array.from({ length: descriptor - 3 }, () => 'ignore' as const);
    const apply = spawnSync(process.execPath, [program, 'apply', directory, '--cache', join(directory, 'cache')], {
      stdio: ['ignore', 'pipe', 'pipe', ...others, secret],
      encoding: 'utf8',
    });
    closeSync(secret);
    expect([apply.status, apply.stderr]).toEqual([0, expect.not.stringContaining('error')]);
  });
});

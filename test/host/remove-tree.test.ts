import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';

const { files } = createNodeHost();
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tbuild-remove-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('removing a tree', () => {
  it('takes what cannot be listed, names that are not UTF-8, and links without what they lead to', () => {
    const tree = join(directory, 'tree');
    const kept = join(directory, 'kept');
    mkdirSync(join(tree, 'closed/deeper'), { recursive: true });
    writeFileSync(join(tree, 'closed/deeper/file'), '');
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe])]), '');
    writeFileSync(kept, 'x');
    symlinkSync(kept, join(tree, 'link'));
    symlinkSync(directory, join(tree, 'up'));
    chmodSync(join(tree, 'closed/deeper'), 0);
    chmodSync(join(tree, 'closed'), 0o500);
    files.removeTree(tree);
    expect([existsSync(tree), existsSync(kept)]).toEqual([false, true]);
  });

  it('takes a tree that is deeper than the longest path', () => {
    const top = join(directory, 'deep');
    mkdirSync(top);
    const before = process.cwd();
    try {
      process.chdir(top);
      for (let depth = 0; depth < 60; depth++) {
        mkdirSync('d'.repeat(100));
        process.chdir('d'.repeat(100));
      }
    } finally {
      process.chdir(before);
    }
    files.removeTree(top);
    expect(existsSync(top)).toBe(false);
  });

  it('does nothing where nothing is', () => {
    files.removeTree(join(directory, 'nothing'));
    files.removeTree(join(directory, 'nothing/below'));
  });
});

import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost, errnoOf } from '../../src/host/index.js';

const { files } = createNodeHost();
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tbuild-files-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function errno(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

describe('making a directory', () => {
  it('makes the parents, all with exactly the mode asked for, whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      files.makeDirectory(join(directory, 'a/b/c/'), 0o755);
      files.makeDirectory(join(directory, 'd/e'), 0o500);
    } finally {
      process.umask(before);
    }
    expect(['a', 'a/b', 'a/b/c', 'd', 'd/e'].map((path) => modeOf(join(directory, path)))).toEqual([
      0o755, 0o755, 0o755, 0o500, 0o500,
    ]);
  });

  it('does nothing where it is there, and leaves its mode', () => {
    mkdirSync(join(directory, 'there'), 0o711);
    files.makeDirectory(join(directory, 'there'), 0o700);
    files.makeDirectory(join(directory, 'there'));
    expect(modeOf(join(directory, 'there'))).toBe(0o711);
  });

  it('fails, and does not go on for ever, where it cannot be', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(errno(() => files.makeDirectory(join(directory, 'file')))).toBe('EEXIST');
    expect(errno(() => files.makeDirectory(join(directory, 'file/below')))).toBe('ENOTDIR');
    expect(errno(() => files.makeDirectory('/proc/nowhere/below'))).toBe('ENOENT');
  });
});

describe('the bytes below a path', () => {
  it('are those of all files, each once, wherever links lead', async () => {
    mkdirSync(join(directory, 'bytes/e'), { recursive: true });
    writeFileSync(join(directory, 'bytes/one'), 'x'.repeat(1000));
    linkSync(join(directory, 'bytes/one'), join(directory, 'bytes/e/same'));
    writeFileSync(join(directory, 'bytes/e/two'), 'y'.repeat(10));
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/bytes/`), Buffer.from([0xff])]), 'not UTF-8');
    symlinkSync('/etc', join(directory, 'bytes/outside'));
    truncateSync(join(directory, 'bytes/e/two'), 5_000_000_000);
    expect(await files.bytesBelow(join(directory, 'bytes'))).toBe(1000 + 5_000_000_000 + 'not UTF-8'.length);
    expect(await files.bytesBelow(join(directory, 'bytes/one'))).toBe(1000);
    expect(await files.bytesBelow(join(directory, 'nothing'))).toBe(0);
  });
});

describe('a clone', () => {
  it('is a file of its own with the same bytes and mode, or cannot be had and leaves nothing', () => {
    const [from, to] = [join(directory, 'original'), join(directory, 'clone')];
    writeFileSync(from, 'content', { mode: 0o444 });
    const problem = errno(() => files.clone(from, to));
    if (problem !== undefined) {
      expect(existsSync(to)).toBe(false);
      return;
    }
    expect([readFileSync(to, 'utf8'), modeOf(to)]).toEqual(['content', 0o444]);
    expect(statSync(to).ino).not.toBe(statSync(from).ino);
  });

  it('never takes the place of something', () => {
    const [from, to] = [join(directory, 'one'), join(directory, 'another')];
    writeFileSync(from, 'one');
    writeFileSync(to, 'another');
    expect(errno(() => files.clone(from, to))).toBe('EEXIST');
    expect(readFileSync(to, 'utf8')).toBe('another');
  });
});

describe('a file that is written while other work goes on', () => {
  it('has the bytes one after the other', async () => {
    const path = join(directory, 'written');
    const handle = files.createFile(path);
    handle.write(Buffer.from('a'));
    await handle.writing(Buffer.from('b'.repeat(3_000_000)));
    await handle.writing(new Uint8Array(0));
    handle.write(Buffer.from('c'));
    await handle.syncing();
    handle.close();
    expect(readFileSync(path, 'utf8')).toBe(`a${'b'.repeat(3_000_000)}c`);
  });
});

import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { createNodeHost, currentDirectory, type Files } from '../../src/host/index.js';
import { planImage } from '../../src/operations/index.js';

const directory = mkdtempSync(join(tmpdir(), 'tbuild-unreadable-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const host = createNodeHost();

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error instanceof TbuildError ? `${error.code}: ${error.message}` : error;
  }
}

describe('a manifest that the system does not let us look at', () => {
  const cacheDirectory = join(directory, 'cache');
  const refusing: Files = {
    ...host.files,
    stat() {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    },
  };

  it.each([
    ['behind a closed directory', 'image.yaml', { ...host, files: refusing }, /permission denied \(EACCES\)$/],
    ['with a name that is too long', 'x'.repeat(5_000), host, /the name is too long \(ENAMETOOLONG\)$/],
    ['that is a link to itself', join(directory, 'loop'), host, /too many levels of symlinks \(ELOOP\)$/],
  ])('is an error that says so: %s', async (_title, file, machine, message) => {
    rmSync(join(directory, 'loop'), { force: true });
    symlinkSync('loop', join(directory, 'loop'));
    const failure = await failureOf(() => planImage(machine, { file, cacheDirectory }));
    expect(failure).toMatch(/^manifest-unreadable: Cannot read /);
    expect(failure).toMatch(message);
  });

  it('is one of the command line where the working directory is gone', async () => {
    const before = process.cwd();
    const gone = join(directory, 'gone');
    mkdirSync(gone);
    process.chdir(gone);
    rmdirSync(gone);
    const failure = await failureOf(currentDirectory);
    process.chdir(before);
    expect(failure).toMatch(/^usage: Cannot work in the current directory: .*ENOENT/);
  });
});

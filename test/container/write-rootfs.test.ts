import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContainerContext } from '../../src/container/index.js';
import { writeRootfs } from '../../src/container/write-rootfs.js';
import { createNodeHost, type Files, type Host } from '../../src/host/index.js';
import type { Entry } from '../../src/tree/index.js';
import { failureOf } from '../support/failure-of.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { directory, fifo, file, imageOf, link } from './support.js';

const workspace = temporaryDirectory();
let count = 0;

/** Writes entries below a new directory, beside a directory that must stay as it is. */
async function write(entries: readonly Entry[], options: { directories?: readonly string[]; host?: Host } = {}) {
  const base = join(workspace.path, `${count++}`);
  mkdirSync(join(base, 'outside'), { recursive: true });
  writeFileSync(join(base, 'outside', 'victim'), 'as it was');
  const root = join(base, 'rootfs');
  const context: ContainerContext = {
    host: options.host ?? createNodeHost(),
    runtime: { name: 'runc', program: '/runc' },
    directory: base,
    progress: () => undefined,
    warn: () => undefined,
  };
  const { directories = [] } = options;
  const written = writeRootfs(imageOf(entries), { directory: root, keepsOwners: false, directories }, context);
  return { root, outside: join(base, 'outside'), written };
}

function expectUntouched(outside: string): void {
  expect(readdirSync(outside)).toEqual(['victim']);
  expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('as it was');
}

it('files, directories and symlinks come with their modes, and special files not at all', async () => {
  const { root, written } = await write([
    link('bin', 'usr/bin'),
    directory('dev'),
    fifo('dev/initctl'),
    directory('closed', { mode: 0o500 }),
    file('closed/file', 'content', { mode: 0o4755 }),
    directory('tmp', { mode: 0o1777 }),
  ]);
  expect(await written).toEqual({ leftOut: 1 });
  const modeOf = (path: string) => (lstatSync(join(root, path)).mode & 0o7777).toString(8);
  expect(readlinkSync(join(root, 'bin'))).toBe('usr/bin');
  expect([modeOf('closed'), modeOf('closed/file'), modeOf('tmp'), modeOf('dev')]).toEqual([
    '500',
    '4755',
    '1777',
    '755',
  ]);
  expect(readFileSync(join(root, 'closed/file'), 'utf8')).toBe('content');
  expect(existsSync(join(root, 'dev/initctl'))).toBe(false);
});

describe('an image cannot write outside of the directory that is made for it', () => {
  it.each<[string, readonly Entry[]]>([
    ['a link as parent', [link('a', '../outside'), file('a/victim', 'gone')]],
    ['an absolute link as parent', [link('a', '/tmp'), file('a/victim', 'gone')]],
    ['a link as parent of a directory', [link('a', '../outside'), directory('a/new')]],
    ['a link as parent of a link', [link('a', '../outside'), link('a/new', 'victim')]],
    ['a file as parent', [file('a'), file('a/b')]],
    ['a path upwards', [file('../outside/victim', 'gone')]],
    ['a path upwards in the middle', [directory('a'), file('a/../../outside/victim', 'gone')]],
    ['a directory upwards', [directory('..'), directory('../outside'), file('../outside/victim', 'gone')]],
    ['the directory itself', [directory('a'), link('a/.', '../../outside')]],
    ['no name', [directory('a'), file('a/', 'gone')]],
    ['an absolute path', [file('/etc/passwd-of-an-image', 'gone')]],
    ['a name with NUL', [file('a\0b', 'gone')]],
    ['a parent that is not there', [file('a/b', 'gone')]],
  ])('%s', async (_, entries) => {
    const { outside, written } = await write(entries);
    expect((await failureOf(written)).code).toBe('image-invalid');
    expectUntouched(outside);
    expect(existsSync('/etc/passwd-of-an-image')).toBe(false);
  });

  it('a link to a file is not written through when something else has its name in another case', async () => {
    const { outside, root, written } = await write([link('A', '../outside/victim'), file('a', 'other')]);
    await written;
    expectUntouched(outside);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('other');
  });

  it('directories that only the config says follow the links of the image and stay within it', async () => {
    const { outside, root, written } = await write([link('data', '../../outside'), directory('var')], {
      directories: ['/data/new', '/var/lib/x', '/../up', '/'],
    });
    await written;
    expectUntouched(outside);
    expect(readdirSync(root).sort()).toEqual(['data', 'outside', 'up', 'var']);
    expect(lstatSync(join(root, 'outside/new')).isDirectory()).toBe(true);
    expect(lstatSync(join(root, 'var/lib/x')).isDirectory()).toBe(true);
  });
});

it('a machine that has no room for it says so', async () => {
  const host = createNodeHost();
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  const files: Files = {
    ...host.files,
    createFile(path) {
      const handle = host.files.createFile(path);
      return {
        ...handle,
        write: () => {
          throw full;
        },
      };
    },
  };
  const { written } = await write([file('a', 'b')], { host: { ...host, files } });
  const { code, message } = await failureOf(written);
  expect([code, message]).toEqual([
    'runtime-failed',
    'Cannot write the files of "oci:image" for a container: no space left on the device (ENOSPC)',
  ]);
});

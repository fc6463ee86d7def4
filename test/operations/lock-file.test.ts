import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { type ImageLock, LOCK_LIMIT_BYTES, renderLock } from '../../src/lock/index.js';
import { readLock, writeLock } from '../../src/operations/lock-file.js';
import { emptyLock, filePin, fullLock } from '../lock/support.js';
import { hostWith, isSuperuser } from '../store/support.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { outputOf, run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const temporary = temporaryDirectory();
const FILE = 'image.lock.json';
const textOf = (lock: ImageLock): string => Buffer.from(renderLock(lock)).toString();
const otherLock: ImageLock = { ...emptyLock, fetches: { 'https://example.com/': filePin('x') } };

/** A project in a directory of its own, and tbuild there. */
function project(changes: Parameters<typeof hostWith>[0] = {}) {
  const directory = mkdtempSync(join(temporary.path, 'project-'));
  const changed = hostWith(changes);
  const host: Host = { ...changed, env: { ...changed.env, workingDirectory: directory } };
  return { host, directory, path: join(directory, FILE), names: () => readdirSync(directory).sort() };
}

const failing = (code: string) => (): never => {
  throw Object.assign(new Error(`${code}: it fails`), { code });
};

describe('the lock beside image.yaml', () => {
  it('is nothing where there is no file', () => {
    expect(readLock(project().host, 'image.yaml')).toBeUndefined();
    expect(readLock(project().host, 'no/such/directory/image.yaml')).toBeUndefined();
  });

  it('is read where it was written, also for another manifest and from another directory', () => {
    const { host, directory } = project();
    mkdirSync(join(directory, 'web'));
    for (const manifest of ['image.yaml', 'web/site.yml', join(directory, 'web/other.yaml')]) {
      const file = manifest.replace(/\.ya?ml$/, '.lock.json');
      expect(writeLock(host, file, fullLock)).toBe(true);
      expect(readLock(host, manifest)).toEqual(fullLock);
    }
    expect(readdirSync(join(directory, 'web')).sort()).toEqual(['other.lock.json', 'site.lock.json']);
    expect(readFileSync(join(directory, FILE), 'utf8')).toBe(textOf(fullLock));
  });

  it('is named where it is not valid', async () => {
    const { host, path } = project();
    writeFileSync(path, '{\n<<<<<<< HEAD\n');
    const error = await failureOf(() => readLock(host, './image.yaml'));
    expect(error).toMatchObject({ code: 'lock-invalid', exit: 65, at: { file: './image.lock.json', line: 2 } });
  });

  it.each<[name: string, prepare: (path: string) => unknown, reason: string]>([
    ['a directory', (path) => mkdirSync(path), 'it is not a regular file'],
    ['a fifo', (path) => outputOf('mkfifo', [path]), 'it is not a regular file'],
    ['a link in a circle', (path) => symlinkSync(FILE, path), 'too many levels of symlinks (ELOOP)'],
    ['too large', (path) => writeFileSync(path, ' '.repeat(LOCK_LIMIT_BYTES + 1)), 'it has more than 16777216 bytes'],
  ])('cannot be read or written where it is %s', async (_, prepare, reason) => {
    const { host, path, names } = project();
    await prepare(path);
    const before = lstatSync(path);
    const read = await failureOf(() => readLock(host, 'image.yaml'));
    expect(read).toMatchObject({ code: 'lock-unreadable', exit: 65 });
    expect(read.message).toContain(`Cannot read "image.lock.json": ${reason}`);
    const write = await failureOf(() => writeLock(host, FILE, fullLock));
    expect(write).toMatchObject({ code: 'lock-failed', exit: 1 });
    expect(write.message).toContain(`Cannot write "image.lock.json": ${reason}`);
    expect(names()).toEqual([FILE]);
    expect(lstatSync(path).ino).toBe(before.ino);
  });
});

describe('writing', () => {
  it('does nothing where the file is this lock already', () => {
    const { host, path } = project({ files: { createFile: failing('EROFS') } });
    writeFileSync(path, textOf(fullLock));
    utimesSync(path, 1, 1);
    const before = statSync(path, { bigint: true });
    expect(writeLock(host, FILE, fullLock)).toBe(false);
    expect(statSync(path, { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
      ctimeNs: before.ctimeNs,
    });
  });

  it('makes a file that all may read, whatever the umask', () => {
    const { host, path, names } = project();
    const umask = process.umask(0o077);
    try {
      writeLock(host, FILE, fullLock);
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o7777).toBe(0o644);
    expect(names()).toEqual([FILE]);
  });

  it.each([0o600, 0o664, 0o444])('keeps the mode of the file: %i', (mode) => {
    const { host, path } = project();
    writeFileSync(path, textOf(otherLock));
    chmodSync(path, mode);
    expect(writeLock(host, FILE, fullLock)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(mode);
    expect(readFileSync(path, 'utf8')).toBe(textOf(fullLock));
  });

  it.skipIf(!isSuperuser)('keeps the owner of the file', () => {
    const { host, path } = project();
    writeFileSync(path, '');
    chownSync(path, 1234, 4321);
    writeLock(host, FILE, fullLock);
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it.each([true, false])('goes to where a link leads (is there: %s)', (isThere) => {
    const { host, directory, path, names } = project();
    mkdirSync(join(directory, 'locks'));
    const target = join(directory, 'locks/real.json');
    if (isThere) writeFileSync(target, textOf(otherLock));
    symlinkSync('locks/link.json', path);
    symlinkSync('real.json', join(directory, 'locks/link.json'));
    expect(writeLock(host, FILE, fullLock)).toBe(true);
    expect(readlinkSync(path)).toBe('locks/link.json');
    expect(readFileSync(target, 'utf8')).toBe(textOf(fullLock));
    expect(names()).toEqual([FILE, 'locks']);
    expect(readdirSync(join(directory, 'locks')).sort()).toEqual(['link.json', 'real.json']);
    expect(readLock(host, 'image.yaml')).toEqual(fullLock);
  });

  it('writes no lock that could not be read again', async () => {
    const { host, names } = project();
    const wrong = { ...fullLock, fetches: { 'file:///etc/passwd': filePin('x') } };
    const error = await failureOf(() => writeLock(host, FILE, wrong));
    expect(error).toMatchObject({ code: 'lock-failed', at: undefined });
    expect(error.message).toContain('it could not be read again: ');
    expect(error.message).toContain('"file:///etc/passwd" is not an http or https URL');
    expect(names()).toEqual([]);
  });

  it('does not remove what others wrote beside it', () => {
    const { host, directory, names } = project();
    writeFileSync(join(directory, '.tbuild-notes'), '');
    writeLock(host, FILE, fullLock);
    expect(names()).toEqual(['.tbuild-notes', FILE]);
  });

  const faults = ['createFile', 'chmod', 'rename', 'lstat', 'stat', 'readFile'] as const;
  const errnos = [
    ['EACCES', 'permission denied (EACCES)'],
    ['EROFS', 'the file system is read-only (EROFS)'],
    ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
    ['EIO', 'input/output error (EIO)'],
  ] as const;
  it.each(faults.flatMap((call) => errnos.map(([code, reason]) => [call, code, reason] as const)))(
    'leaves what was there where %s fails with %s',
    async (call, code, reason) => {
      const { host, path, names } = project({ files: { [call]: failing(code) } });
      writeFileSync(path, textOf(otherLock));
      const { code: found, message, hint } = await failureOf(() => writeLock(host, FILE, fullLock));
      expect(hint).toContain('--frozen');
      expect([found, message]).toEqual(['lock-failed', `Cannot write "image.lock.json": ${reason}`]);
      expect(names()).toEqual([FILE]);
      expect(readFileSync(path, 'utf8')).toBe(textOf(otherLock));
    },
  );

  it.each(['write', 'sync', 'close'] as const)('leaves what was there where the disk is full in %s', async (call) => {
    const files = createNodeHost().files;
    const createFile = (at: string) => {
      const handle = files.createFile(at);
      // Half of it fits.
      const write = (bytes: Uint8Array): void => handle.write(call === 'write' ? bytes.subarray(0, 100) : bytes);
      const fail = failing('ENOSPC');
      const broken = (name: typeof call, work: () => void) => (): void => {
        work();
        if (name === call) fail();
      };
      return {
        ...handle,
        write: (bytes: Uint8Array) => broken('write', () => write(bytes))(),
        sync: broken('sync', handle.sync),
        close: broken('close', handle.close),
      };
    };
    const { host, path, names } = project({ files: { createFile } });
    writeFileSync(path, textOf(otherLock));
    const { code, message } = await failureOf(() => writeLock(host, FILE, fullLock));
    expect([code, message]).toEqual([
      'lock-failed',
      'Cannot write "image.lock.json": no space left on the device (ENOSPC)',
    ]);
    expect(names()).toEqual([FILE]);
    expect(readFileSync(path, 'utf8')).toBe(textOf(otherLock));
  });

  it.skipIf(isSuperuser)('says that the directory is read-only', async () => {
    const { host, directory } = project();
    chmodSync(directory, 0o555);
    const { message } = await failureOf(() => writeLock(host, FILE, fullLock));
    chmodSync(directory, 0o755);
    expect(message).toBe('Cannot write "image.lock.json": permission denied (EACCES)');
  });
});

const program = `
import { createNodeHost } from '${root}/src/host/index.ts';
import { writeLock } from '${root}/src/operations/lock-file.ts';
const fetches = JSON.parse(process.argv[3] ?? '{}');
try {
  const isWritten = writeLock(createNodeHost(), process.argv[2], { version: 1, format: 1, fetches, platforms: {} });
  process.stdout.write(isWritten ? 'written' : 'same');
} catch (error) {
  process.stdout.write(error.code ?? String(error));
}
`;

describe('on the disk', () => {
  let script = '';
  beforeAll(async () => {
    script = join(temporary.path, 'program.mjs');
    const stdin = { contents: program, resolveDir: root, loader: 'ts' as const };
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
  });

  it('many processes that write at once leave one whole lock, and nothing else', async () => {
    const { path, names } = project();
    const locks = Array.from({ length: 6 }, (_, i) => ({ [`https://example.com/${i}`]: filePin(`${i}`) }));
    const outcomes = await Promise.all(
      locks.map((fetches) => run(process.execPath, [script, path, JSON.stringify(fetches)])),
    );
    expect(outcomes.map(({ stdout }) => stdout)).toEqual(locks.map(() => 'written'));
    expect(names()).toEqual([FILE]);
    const texts = locks.map((fetches) => textOf({ ...emptyLock, fetches }));
    expect(texts).toContain(readFileSync(path, 'utf8'));
  });

  describe.skipIf(!need('strace'))('with faults', () => {
    const trace = (path: string, ...options: string[]) =>
      run('strace', ['-f', '-qq', ...options, process.execPath, script, path]);

    it('it is written, flushed, renamed, and its directory flushed', async () => {
      const { directory, path } = project();
      const log = join(temporary.path, 'trace');
      const calls = 'trace=openat,write,pwrite64,fsync,rename,renameat,renameat2';
      expect((await trace(path, '-y', '-o', log, '-e', calls)).stdout).toBe('written');
      const steps = readFileSync(log, 'utf8')
        .split('\n')
        .map((line) => line.replace(/^[0-9]+ +/, ''))
        .filter(
          (line) => line.includes(`${directory}/.tbuild-`) || (line.startsWith('fsync') && line.includes(directory)),
        )
        .map((line) =>
          line
            .slice(0, line.indexOf('('))
            .replace('pwrite64', 'write')
            .replace(/renameat2?/, 'rename'),
        );
      expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual(['openat', 'write', 'fsync', 'rename', 'fsync']);
    });

    const faults = [
      ['fsync', 1],
      ['fsync', 2],
      ['rename', 1],
      ['chmod', 1],
    ] as const;
    it.each(faults)(
      'after a kill in %s number %i the old or the new one is there, and the next run cleans up',
      async (call, nth) => {
        const { host, path, names } = project();
        writeFileSync(path, textOf(otherLock));
        const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
        expect((await trace(path, ...inject)).stdout).toBe('');
        expect([textOf(otherLock), textOf(emptyLock)]).toContain(readFileSync(path, 'utf8'));
        expect(writeLock(host, FILE, fullLock)).toBe(true);
        expect(names()).toEqual([FILE]);
      },
    );

    it.each(faults)('an error in %s number %i is reported, and the file is whole', async (call, nth) => {
      const { path, names } = project();
      writeFileSync(path, textOf(otherLock));
      const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${nth}`];
      expect((await trace(path, ...inject)).stdout).toBe('lock-failed');
      expect([textOf(otherLock), textOf(emptyLock)]).toContain(readFileSync(path, 'utf8'));
      expect(names()).toEqual([FILE]);
    });
  });

  const namespaces = ['unshare', 'mount'];
  it.skipIf(!isSuperuser || !need(...namespaces))('nothing is left where the disk is full or read-only', async () => {
    const { directory } = project();
    const inMount = (options: string, fill: string) =>
      outputOf('unshare', [
        '-m',
        'sh',
        '-c',
        `mount -t tmpfs -o ${options} none "$1" && cd "$1" && echo old > a && ${fill} && "$2" "$3" image.lock.json; echo; ls -A`,
        'sh',
        directory,
        process.execPath,
        script,
      ]);
    expect(await inMount('size=8k', 'head -c 4096 /dev/zero > b')).toBe('lock-failed\na\nb');
    expect(await inMount('size=64k', 'mount -o remount,ro .')).toBe('lock-failed\na');
    expect(existsSync(join(directory, FILE))).toBe(false);
  });
});

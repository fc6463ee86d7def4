import { basename, dirname, join } from 'node:path';
import { fail } from '../errors/index.js';
import { endOfLinks, errnoOf, type Files, type Host, keepOwner, reasonOf } from '../host/index.js';
import { isObject, type JsonObject, parseObject, readAuthFile } from './auth-file.js';
import { CredentialProblem } from './problem.js';

const PATIENCE_MS = 15_000;
const PAUSE_MS = 20;
/** A change takes milliseconds: a lock of this age belongs to a process that is gone. */
const STALE_MS = 10_000;
/** How often others, who know nothing of our lock, may change the file while we do. */
const ATTEMPTS = 20;

/** Changes the entries; false where there is nothing to change. */
export type EditAuths = (auths: JsonObject) => boolean;

const busy = (lock: string): Error =>
  fail('credentials-failed', {
    message: `Another process holds ${JSON.stringify(lock)}`,
    hint: 'Try again when it is done, or remove the file where no such process is running.',
  });

/** Runs the work while no other process of tbuild changes the file. */
function withLock<T>({ files, clock }: Host, path: string, work: () => T): T {
  const lock = `${path}.lock`;
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      files.createFile(lock).close();
      break;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (waitedMs >= PATIENCE_MS) throw busy(lock);
    }
    const stat = files.lstat(lock);
    if (stat !== undefined && clock.now() - stat.modifiedMs > STALE_MS) files.remove(lock);
    else clock.pause(PAUSE_MS);
  }
  try {
    return work();
  } finally {
    files.remove(lock);
  }
}

/** What interrupted processes left, which may hold secrets. Only while the lock is held. */
function removeLeftovers(files: Files, directory: string, prefix: string): void {
  for (const { bytes } of files.readDirectory(directory)) {
    const name = Buffer.from(bytes).toString();
    if (name.startsWith(prefix)) files.remove(join(directory, name));
  }
}

function writeFlushed(files: Files, path: string, bytes: Uint8Array): void {
  const handle = files.createFile(path);
  try {
    handle.write(bytes);
    handle.sync();
  } finally {
    handle.close();
  }
}

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;

/** The new text of the file, in docker's form; undefined where nothing changes. */
function edited(bytes: Uint8Array | undefined, edit: EditAuths): Uint8Array | undefined {
  const document = parseObject(bytes ?? new Uint8Array());
  document.auths ??= {};
  if (!isObject(document.auths)) throw new CredentialProblem('"auths" in it is not an object');
  return edit(document.auths) ? Buffer.from(JSON.stringify(document, null, '\t')) : undefined;
}

function replaceFile({ files, env }: Host, path: string, edit: EditAuths): boolean {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.tbuild-`;
  removeLeftovers(files, directory, prefix);
  for (let attempt = 1; ; attempt++) {
    const before = readAuthFile(files, path);
    const after = edited(before, edit);
    if (after === undefined) return false;
    const temporary = join(directory, prefix + env.uniqueName());
    try {
      writeFlushed(files, temporary, after);
      keepOwner(files, path, temporary);
      if (same(before, readAuthFile(files, path)) || attempt === ATTEMPTS) {
        files.rename(temporary, path);
        files.syncDirectory(directory);
        return true;
      }
    } finally {
      files.remove(temporary);
    }
  }
}

/**
 * Changes the entries of a file that docker or podman reads, or makes the file: mode 0600, its directory 0700. Whoever
 * reads it meanwhile sees the old or the new file, whole; everything else in it stays, in its order. Processes of tbuild
 * wait for each other; docker and podman do not, so the file is looked at once more just before it is replaced.
 *
 * @returns true where it changed
 * @throws TbuildError `credentials-invalid` where the file is not what it should be, `credentials-failed`
 */
export function editAuthFile(host: Host, path: string, edit: EditAuths): boolean {
  const quoted = JSON.stringify(path);
  try {
    const real = endOfLinks(host.files, path);
    host.files.makeDirectory(dirname(real), 0o700);
    return withLock(host, join(dirname(real), `.${basename(real)}.tbuild`), () => replaceFile(host, real, edit));
  } catch (error) {
    if (error instanceof CredentialProblem) {
      const hint = 'Repair the file, or move it away.';
      throw fail('credentials-invalid', { message: `Cannot change ${quoted}: ${error.message}`, hint });
    }
    if (errnoOf(error) === undefined) throw error;
    throw fail('credentials-failed', { message: `Cannot write ${quoted}: ${reasonOf(error)}`, cause: error });
  }
}

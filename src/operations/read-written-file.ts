import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { closestOf, compareUtf8, decodeUtf8 } from '../util/index.js';

/** Limit of trust.md for the file; one more byte is read so that the parser can name the limit. */
const LIMIT_BYTES = 1024 * 1024 + 1;

/** What is read, and how the user names it. */
export interface WrittenFile {
  /** As the user named it. */
  readonly file: string;
  /** Absolute; default: `file` from the working directory. */
  readonly path?: string;
  /** What a directory stands for. */
  readonly defaultName: string;
  /** A command that shows how a file is named. */
  readonly example: string;
}

export interface ReadFile {
  /** As the user named it, or the file in the directory that was named. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /**
   * Absolute, with the links to its directory resolved. One that the file itself is stays: a file that two directories share by links
   * is two files, since what it names lies beside each.
   */
  readonly realPath: string;
}

/** The file that the user means. */
function locate(host: Host, written: WrittenFile): { readonly shown: string; readonly path: string } {
  const { file, defaultName } = written;
  const path = written.path ?? resolve(host.env.workingDirectory, file);
  if (host.files.stat(path)?.kind !== 'directory') return { shown: file, path };
  return { shown: join(file, defaultName), path: join(path, defaultName) };
}

function namesIn(directory: string, files: Host['files']): readonly string[] {
  try {
    return files.readDirectory(directory).flatMap(({ bytes }) => decodeUtf8(bytes) ?? []);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** Names beside the one that is not there, if one of them may be meant. */
function meant({ files }: Host, path: string, shown: string): string | undefined {
  const names = namesIn(dirname(path), files).filter((name) => /\.ya?ml$/.test(name));
  const name = closestOf(basename(path), [...names].sort(compareUtf8));
  return name === undefined ? undefined : `Did you mean ${JSON.stringify(join(dirname(shown), name))}?`;
}

/** What the call returns; where the system refuses, that is said of the file that the user means. */
function reading<T>(shown: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw fail('manifest-unreadable', {
      message: `Cannot read ${JSON.stringify(shown)}: ${reasonOf(error)}`,
      cause: error,
    });
  }
}

function readBytes(host: Host, { path, shown }: Pick<ReadFile, 'path' | 'shown'>, example: string): Uint8Array {
  const stat = host.files.stat(path);
  if (stat === undefined) {
    throw fail('manifest-missing', {
      message: `There is no ${JSON.stringify(shown)}`,
      hint: meant(host, path, shown) ?? `Name the file or its directory: ${example}.`,
    });
  }
  if (stat.kind !== 'file') {
    throw fail('manifest-unreadable', { message: `${JSON.stringify(shown)} is not a regular file` });
  }
  try {
    return host.files.readFile(path, LIMIT_BYTES);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fail('manifest-too-large', { message: `${JSON.stringify(shown)} is larger than 1 MiB` });
  }
}

/**
 * Reads a file that people write.
 * @throws TbuildError `manifest-missing`, `manifest-unreadable`, `manifest-too-large`
 */
export function readWrittenFile(host: Host, written: WrittenFile): ReadFile {
  const { file, example } = written;
  const { shown, path } = reading(file, () => locate(host, written));
  return reading(shown, () => ({
    shown,
    path,
    bytes: readBytes(host, { path, shown }, example),
    realPath: join(host.files.realPath(dirname(path)), basename(path)),
  }));
}

import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { parseForeign } from '../manifest/index.js';
import { readWrittenFile } from './read-written-file.js';
import type { ImportRequest, ImportResult } from './requests.js';

const MODE = 0o644;

/** Complete or not at all, and without `force` not over anything. */
function writeText({ files, env }: Host, path: string, text: string, force: boolean): void {
  const directory = dirname(path);
  const temporary = join(directory, `.tbuild-import-${env.uniqueName()}`);
  const handle = files.createFile(temporary);
  try {
    try {
      handle.write(Buffer.from(text));
      handle.sync();
    } finally {
      handle.close();
    }
    files.chmod(temporary, MODE);
    if (force) files.rename(temporary, path);
    else files.link(temporary, path);
    files.syncDirectory(directory);
  } finally {
    files.remove(temporary);
  }
}

function writeOutput(host: Host, output: string, { text, force }: { text: string; force: boolean }): void {
  const path = resolve(host.env.workingDirectory, output);
  const quoted = JSON.stringify(output);
  try {
    if (host.files.stat(path)?.kind === 'directory') {
      throw fail('output-failed', { message: `Cannot write ${quoted}: it is a directory`, hint: 'Name a file in it.' });
    }
    writeText(host, path, text, force);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const hint = code === 'EEXIST' ? 'Name another file, or write over it with --force.' : undefined;
    throw fail('output-failed', { message: `Cannot write ${quoted}: ${reasonOf(error)}`, hint, cause: error });
  }
}

function isDirectory({ files }: Host, path: string): boolean {
  try {
    return files.stat(path)?.kind === 'directory';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** With slashes, as paths in image.yaml are written. */
function pathBetween(from: string, to: string): string {
  const path = relative(from, to).split(sep).join(posix.sep);
  return path === '' ? '.' : path;
}

/**
 * Reads a file of another tool as image.yaml, and writes that where it is asked to. Without an output, image.yaml is taken
 * to stand beside the file.
 *
 * @throws TbuildError `manifest-missing`, `manifest-unreadable`, `manifest-too-large`, what `parseForeign` reports, and
 *   `output-failed`, also where the output is there already
 */
export async function importManifest(host: Host, request: ImportRequest): Promise<ImportResult> {
  const { output, force = false } = request;
  const defaultName = `${request.format ?? 'smith'}.yaml`;
  const named = { file: request.file, defaultName, example: `tbuild import path/to/${defaultName}` };
  const { shown, path, bytes } = readWrittenFile(host, named);
  const beside = dirname(path);
  const imported = parseForeign(bytes, {
    file: shown,
    format: request.format,
    directory: output === undefined ? '.' : pathBetween(dirname(resolve(host.env.workingDirectory, output)), beside),
    hasDirectory: (name) => isDirectory(host, join(beside, name)),
  });
  if (output === undefined) return imported;
  writeOutput(host, output, { text: imported.text, force });
  return { ...imported, output };
}

import { join, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { compareUtf8, decodeUtf8 } from '../util/index.js';
import { DEFAULT_MANIFEST } from './read-manifest.js';

/** Directories that hold what others made: nobody keeps images of their own there. */
const PASSED_OVER = new Set(['node_modules', 'vendor', 'target']);

/** More are no repository of images, but somebody's whole disk. */
const DIRECTORIES_MAX = 100_000;

/** Every image.yaml below the directory, as the user would name it; hidden directories and links are not entered. */
function below(host: Host, named: string): readonly string[] {
  const found: string[] = [];
  const directories = [named];
  for (let count = 0; count < directories.length; count++) {
    host.interruption.throwIfAborted();
    if (count >= DIRECTORIES_MAX) {
      const message = `${JSON.stringify(named)} holds more than ${DIRECTORIES_MAX} directories`;
      throw fail('input-limit', { message, hint: 'Name the directories that hold images.' });
    }
    const directory = directories[count]!;
    for (const { bytes, kind } of host.files.readDirectory(resolve(host.env.workingDirectory, directory))) {
      const name = decodeUtf8(bytes);
      if (name === undefined) continue;
      if (name === DEFAULT_MANIFEST && kind !== 'directory') found.push(join(directory, name));
      else if (kind === 'directory' && !name.startsWith('.') && !PASSED_OVER.has(name)) {
        directories.push(join(directory, name));
      }
    }
  }
  return found.sort(compareUtf8);
}

function isDirectoryOfImages({ env, files }: Host, named: string): boolean {
  const path = resolve(env.workingDirectory, named);
  return files.stat(path)?.kind === 'directory' && files.stat(join(path, DEFAULT_MANIFEST)) === undefined;
}

/**
 * The manifests that the user means: a directory without an image.yaml stands for all that lie below it.
 * @throws TbuildError `manifest-missing` where there is none
 */
export function findManifests(host: Host, named: readonly string[]): readonly string[] {
  return named.flatMap((name) => {
    if (!isDirectoryOfImages(host, name)) return [name];
    const found = below(host, name);
    if (found.length > 0) return found;
    throw fail('manifest-missing', {
      message: `There is no ${DEFAULT_MANIFEST} in ${JSON.stringify(name)} or below it`,
      hint: 'Name the file or its directory: tbuild plan path/to/image.yaml.',
    });
  });
}

import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { type BuildManifest, parseManifest } from '../manifest/index.js';
import { closestOf, compareUtf8, decodeUtf8 } from '../util/index.js';

/** Limit of trust.md for the file; one more byte is read so that the parser can name the limit. */
const LIMIT_BYTES = 1024 * 1024 + 1;
const DEFAULT_NAME = 'image.yaml';

export interface ManifestFile {
  readonly manifest: BuildManifest;
  /** Absolute directory that relative paths in the manifest start from. */
  readonly directory: string;
  /** Absolute path with all links resolved: the identity of the file for "the last apply". */
  readonly realPath: string;
}

/** The file that the user means: a directory stands for the `image.yaml` in it. */
function locate(host: Host, file: string): { readonly shown: string; readonly path: string } {
  const path = resolve(host.env.workingDirectory, file);
  if (host.files.stat(path)?.kind !== 'directory') return { shown: file, path };
  return { shown: join(file, DEFAULT_NAME), path: join(path, DEFAULT_NAME) };
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

function readBytes(host: Host, path: string, shown: string): Uint8Array {
  const stat = host.files.stat(path);
  if (stat === undefined) {
    throw fail('manifest-missing', {
      message: `There is no ${JSON.stringify(shown)}`,
      hint: meant(host, path, shown) ?? 'Name the file or its directory: tbuild plan path/to/image.yaml.',
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
 * Reads and checks image.yaml.
 * @throws TbuildError `manifest-missing`, `manifest-unreadable`, `manifest-too-large`, `usage`, and everything that `parseManifest` reports
 */
export function readManifest(host: Host, file: string): ManifestFile {
  const { shown, path } = reading(file, () => locate(host, file));
  const { bytes, realPath } = reading(shown, () => ({
    bytes: readBytes(host, path, shown),
    realPath: host.files.realPath(path),
  }));
  const defaultPlatform = { os: 'linux', architecture: host.env.architecture };
  const manifest = parseManifest(bytes, { file: shown, defaultPlatform });
  return { manifest, directory: dirname(path), realPath };
}

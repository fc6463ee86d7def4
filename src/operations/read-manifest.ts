import { dirname } from 'node:path';
import type { Host } from '../host/index.js';
import { type BuildManifest, parseManifest } from '../manifest/index.js';
import { decodeUtf8 } from '../util/index.js';
import { readWrittenFile } from './read-written-file.js';

export interface ManifestFile {
  readonly manifest: BuildManifest;
  /** Absolute directory that relative paths in the manifest start from. */
  readonly directory: string;
  /** Absolute path with the links to its directory resolved: the identity of the file, in a run and for "the last apply". */
  readonly realPath: string;
  /** The file as it was read. */
  readonly text: string;
}

/** What a directory stands for. */
export const DEFAULT_MANIFEST = 'image.yaml';

/**
 * Reads and checks image.yaml.
 * @throws TbuildError `manifest-missing`, `manifest-unreadable`, `manifest-too-large`, `usage`, and everything that `parseManifest` reports
 */
export function readManifest(host: Host, file: string): ManifestFile {
  return readManifestAt(host, { file });
}

/** The same, where a file is not named by its path from the working directory. `path` is absolute, `file` is for people. */
export function readManifestAt(host: Host, named: { readonly file: string; readonly path?: string }): ManifestFile {
  const written = { ...named, defaultName: DEFAULT_MANIFEST, example: 'tbuild plan path/to/image.yaml' };
  const { shown, path, bytes, realPath } = readWrittenFile(host, written);
  const defaultPlatform = { os: 'linux', architecture: host.env.architecture };
  const manifest = parseManifest(bytes, { file: shown, defaultPlatform });
  return { manifest, directory: dirname(path), realPath, text: decodeUtf8(bytes) ?? '' };
}

import { dirname } from 'node:path';
import type { Host } from '../host/index.js';
import { type BuildManifest, parseManifest } from '../manifest/index.js';
import { readWrittenFile } from './read-written-file.js';

export interface ManifestFile {
  readonly manifest: BuildManifest;
  /** Absolute directory that relative paths in the manifest start from. */
  readonly directory: string;
  /** Absolute path with all links resolved: the identity of the file for "the last apply". */
  readonly realPath: string;
}

/**
 * Reads and checks image.yaml.
 * @throws TbuildError `manifest-missing`, `manifest-unreadable`, `manifest-too-large`, `usage`, and everything that `parseManifest` reports
 */
export function readManifest(host: Host, file: string): ManifestFile {
  const named = { file, defaultName: 'image.yaml', example: 'tbuild plan path/to/image.yaml' };
  const { shown, path, bytes, realPath } = readWrittenFile(host, named);
  const defaultPlatform = { os: 'linux', architecture: host.env.architecture };
  const manifest = parseManifest(bytes, { file: shown, defaultPlatform });
  return { manifest, directory: dirname(path), realPath };
}

import type { Files } from '../host/index.js';

/**
 * The bytes of a file that must be small; undefined for more than `limitBytes` and for what is not a file. Never waits,
 * whatever is at the path. Throws errno errors.
 */
export function readSmallFile(files: Files, path: string, limitBytes: number): Uint8Array | undefined {
  const handle = files.openRead(path);
  try {
    const { kind, size } = handle.stat();
    if (kind !== 'file' || size > limitBytes) return undefined;
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, handle.read(bytes, 0));
  } finally {
    handle.close();
  }
}

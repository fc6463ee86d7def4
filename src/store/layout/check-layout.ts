import { join } from 'node:path';
import type { Files } from '../../host/index.js';
import { LayoutFiles } from '../layout-files.js';
import { readSmallFile } from '../read-small-file.js';

const LIMIT_BYTES = 4096;

/** Why a directory is no OCI layout: the end of a sentence. Undefined where it is one. Throws errno errors. */
export function problemOfLayout(files: Files, directory: string): string | undefined {
  const path = join(directory, LayoutFiles.marker);
  const bytes = files.stat(path)?.kind === 'file' ? readSmallFile(files, path, LIMIT_BYTES) : undefined;
  return bytes === undefined
    ? `is not an OCI layout: it has no file "oci-layout" of at most ${LIMIT_BYTES} bytes`
    : problemOfMarker(bytes);
}

function problemOfMarker(bytes: Uint8Array): string | undefined {
  let version: unknown;
  try {
    version = (JSON.parse(Buffer.from(bytes).toString()) as { imageLayoutVersion?: unknown } | null)
      ?.imageLayoutVersion;
  } catch {
    return 'is not an OCI layout: its "oci-layout" is not JSON';
  }
  if (version === '1.0.0') return undefined;
  return `is an OCI layout of version ${JSON.stringify(version)}; only "1.0.0" is known`;
}

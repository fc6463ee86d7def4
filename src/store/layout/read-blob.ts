import { join } from 'node:path';
import type { Host, ReadHandle } from '../../host/index.js';
import type { Reference } from '../../oci/index.js';
import { explained, explanationOf } from '../explained.js';
import { readFailed } from '../image-errors.js';
import { layoutBlob } from '../layout-files.js';
import { type Content, mismatch, verifiedChunks } from '../verified-chunks.js';

function* readFile(handle: ReadHandle, path: string, target: Content): Generator<Uint8Array> {
  try {
    const { kind, size } = handle.stat();
    const shown = `The file ${JSON.stringify(path)}`;
    if (kind !== 'file') throw mismatch(shown, 'it is not a file', { digest: target.digest });
    yield* verifiedChunks({ handle, position: 0, size, shown }, target);
  } finally {
    handle.close();
  }
}

/**
 * A verified read of one blob of a layout; undefined where it is not there. The file is opened when the first piece
 * is asked for.
 *
 * @throws TbuildError `blob-mismatch`, `input-unreadable`
 */
export function readLayoutBlob(
  host: Host,
  directory: string,
  options: { readonly target: Content; readonly reference: Reference },
): Iterable<Uint8Array> | undefined {
  const { target, reference } = options;
  const explain = readFailed(reference);
  const path = join(directory, layoutBlob(target.digest));
  if (explained(() => host.files.stat(path), explain) === undefined) return undefined;
  return read();

  function* read(): Generator<Uint8Array> {
    try {
      yield* readFile(host.files.openRead(path), path, target);
    } catch (error) {
      throw explanationOf(error, explain);
    }
  }
}

import { dirname, isAbsolute, join } from 'node:path';
import { fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import { parseSyncList, parseSyncTarget, type SyncList, type SyncTarget } from '../../manifest/index.js';
import { readWrittenFile } from '../read-written-file.js';
import type { SyncRequest } from '../transfer-requests.js';
import { isRange } from './versions.js';

/** @throws TbuildError `reference-invalid` */
function requestedTarget(text: string | undefined): SyncTarget | undefined {
  if (text === undefined) return undefined;
  const target = parseSyncTarget(text);
  if (!('reason' in target)) return target;
  throw fail('reference-invalid', {
    message: `The destination is ${JSON.stringify(text)}, ${target.reason}`,
    hint: target.hint,
  });
}

/** A target of the list, relative to the file, as one that is relative to the working directory. */
function fromHere(target: SyncTarget, file: string): SyncTarget {
  if (target.kind === 'registry' || isAbsolute(target.path)) return target;
  return { ...target, path: join(dirname(file), target.path) };
}

/**
 * Reads and checks the list. A path in its target starts from the working directory.
 * @throws TbuildError `reference-invalid`, and what reading and parsing report
 */
export function readSyncList(host: Host, request: SyncRequest): SyncList {
  const named = { file: request.file, defaultName: 'sync.yaml', example: 'tbuild sync path/to/sync.yaml' };
  const requested = requestedTarget(request.to);
  const { shown, bytes } = readWrittenFile(host, named);
  const list = parseSyncList(bytes, { file: shown, target: requested, isRange });
  return requested === undefined ? { ...list, target: fromHere(list.target, shown) } : list;
}

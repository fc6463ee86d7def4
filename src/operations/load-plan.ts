import { resolve } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { parseSavedPlan, SAVED_PLAN_LIMIT_BYTES, type SavedPlan } from '../plan/index.js';

function bytesAt(host: Host, path: string): Uint8Array {
  const refuse = (reason: string, cause?: unknown) =>
    fail('plan-invalid', { message: `Cannot read the plan ${JSON.stringify(path)}: ${reason}`, cause });
  const target = resolve(host.env.workingDirectory, path);
  try {
    const kind = host.files.stat(target)?.kind;
    if (kind === undefined) throw refuse('there is no such file');
    if (kind !== 'file') throw refuse('it is not a regular file');
    return host.files.readFile(target, SAVED_PLAN_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof RangeError) throw refuse(`it has more than ${SAVED_PLAN_LIMIT_BYTES} bytes`);
    if (errnoOf(error) === undefined) throw error;
    throw refuse(reasonOf(error), error);
  }
}

/**
 * A plan that `savePlan` wrote. The manifests in it are named from its directory.
 * @param path as the user named it
 * @throws TbuildError `plan-invalid`
 */
export function loadPlan(host: Host, path: string): SavedPlan {
  return parseSavedPlan(bytesAt(host, path), path);
}

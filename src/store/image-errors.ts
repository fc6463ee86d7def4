import { fail, type TbuildError } from '../errors/index.js';
import { reasonOf } from '../host/index.js';
import { type Reference, renderReference } from '../oci/index.js';

/** How messages call a reference. */
export const shownReference = (reference: Reference): string => JSON.stringify(renderReference(reference));

export function destinationFailed(reference: Reference, reason: string, hint?: string): TbuildError {
  return fail('destination-failed', { message: `Cannot write ${shownReference(reference)}: ${reason}`, hint });
}

/** Explains errno errors of writing. */
export function writeFailed(reference: Reference): (error: unknown) => TbuildError {
  return (error) =>
    fail('destination-failed', {
      message: `Cannot write ${shownReference(reference)}: ${reasonOf(error)}`,
      cause: error,
    });
}

/** Explains errno errors of reading. */
export function readFailed(reference: Reference): (error: unknown) => TbuildError {
  return (error) =>
    fail('input-unreadable', { message: `Cannot read ${shownReference(reference)}: ${reasonOf(error)}`, cause: error });
}

export function imageMissing(reference: Reference, path: string): TbuildError {
  return fail('image-missing', {
    message: `There is no ${shownReference(reference)}: nothing is at ${JSON.stringify(path)}`,
  });
}

export function imageInvalid(reference: Reference, problem: string, hint?: string): TbuildError {
  return fail('image-invalid', { message: `${shownReference(reference)} ${problem}`, hint });
}

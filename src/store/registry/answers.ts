import { TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import { type Digest, isDigest } from '../../oci/index.js';
import { serverInvalid } from './registry-errors.js';

/** Types that servers give to what they do not know. */
const NO_TYPE = ['application/json', 'application/octet-stream', 'binary/octet-stream', 'text/plain', 'text/html'];
const OTHER_ALGORITHM = /^(?!sha256:)[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/;

/** Content-Type without parameters, in lower case; undefined where it says nothing. */
export function mediaTypeOf(answer: NetworkResponse): string | undefined {
  const type = /^[^;]*/
    .exec(answer.header('content-type') ?? '')![0]
    .trim()
    .toLowerCase();
  return type === '' || NO_TYPE.includes(type) ? undefined : type;
}

/** Content-Length, where there is one that can be believed. */
export function lengthOf(answer: NetworkResponse): number | undefined {
  const text = answer.header('content-length');
  const length = text !== undefined && /^[0-9]{1,16}$/.test(text) ? Number(text) : undefined;
  return length !== undefined && Number.isSafeInteger(length) ? length : undefined;
}

/**
 * Docker-Content-Digest; undefined where there is none, or one of another algorithm.
 * @throws TbuildError `server-invalid`
 */
export function claimedDigest(answer: NetworkResponse, task: string): Digest | undefined {
  const text = answer.header('docker-content-digest');
  if (text === undefined || OTHER_ALGORITHM.test(text)) return undefined;
  if (isDigest(text)) return text;
  const shown = JSON.stringify(text.slice(0, 100));
  throw serverInvalid(task, `the registry answered with the digest ${shown}, which is none`);
}

/** True for an answer that ended in the middle, of which the rest may be had by asking again. */
export function isCutOff(error: unknown): error is TbuildError {
  return error instanceof TbuildError && error.code === 'server-unavailable';
}

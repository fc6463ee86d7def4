import { fail } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import type { Descriptor } from '../../oci/index.js';
import { shownReference } from '../image-errors.js';
import { sizeMismatch } from '../verified-chunks.js';
import { lengthOf } from './answers.js';
import type { ApiRequest, Endpoint } from './endpoint.js';
import { refusalOf } from './registry-errors.js';

/** Begins messages about reading a blob. */
export function blobTask({ reference }: Endpoint, { digest }: Descriptor): string {
  return `Cannot read blob ${digest} of ${shownReference(reference)}`;
}

function request(endpoint: Endpoint, target: Descriptor, method: string, from = 0): ApiRequest {
  return {
    method,
    path: `blobs/${target.digest}`,
    ...(from > 0 && { headers: { range: `bytes=${from}-` } }),
    access: 'pull',
    repeat: 'safely',
    task: blobTask(endpoint, target),
  };
}

/** An answer, and how many of its first bytes are already there. */
export interface BlobPart {
  readonly answer: NetworkResponse;
  readonly skip: number;
}

/** RFC 9110, "Content-Range": true where the answer holds the blob from this byte to its end. */
function isRest(answer: NetworkResponse, { size }: Descriptor, from: number): boolean {
  const match = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/.exec(answer.header('content-range') ?? '');
  if (match === null) return false;
  const [, first, last, whole] = match;
  return Number(first) === from && Number(last) === size - 1 && (whole === '*' || Number(whole) === size);
}

/**
 * Asks for a blob from a byte on. A registry may answer with all of it, and where it answers with another range, all of
 * it is asked for. Where else the blob is said to lie (`urls`) nobody is asked.
 *
 * @throws TbuildError `blob-missing`; `blob-mismatch` where the length is wrong
 */
export async function askForBlob(endpoint: Endpoint, target: Descriptor, from: number): Promise<BlobPart> {
  const answer = await endpoint.send(request(endpoint, target, 'GET', from));
  if (from > 0 && (answer.status === 206 || answer.status === 416)) {
    if (answer.status === 206 && isRest(answer, target, from)) return { answer, skip: 0 };
    await answer.discard();
    const { answer: whole } = await askForBlob(endpoint, target, 0);
    return { answer: whole, skip: from };
  }
  if (answer.status === 404) {
    await answer.discard();
    throw fail('blob-missing', {
      message: `${shownReference(endpoint.reference)} does not hold ${target.digest}`,
      details: { digest: target.digest },
    });
  }
  if (answer.status !== 200) throw await refusalOf(answer, blobTask(endpoint, target));
  const length = lengthOf(answer);
  if (length === undefined || length === target.size) return { answer, skip: from };
  await answer.discard();
  throw sizeMismatch(`Content for ${target.digest}`, target, length);
}

/** True where the registry says that it has the blob, with this size if it tells any. */
export async function hasBlob(endpoint: Endpoint, target: Descriptor): Promise<boolean> {
  let answer = await endpoint.send(request(endpoint, target, 'HEAD'));
  if (answer.status === 405 || answer.status === 501) {
    await answer.discard();
    answer = await endpoint.send(request(endpoint, target, 'GET'));
  }
  if (answer.status !== 200 && answer.status !== 404) throw await refusalOf(answer, blobTask(endpoint, target));
  await answer.discard();
  const length = lengthOf(answer);
  return answer.status === 200 && (length === undefined || length === target.size);
}

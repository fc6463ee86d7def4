import { checkFollowUp, type NetworkResponse } from '../../network/index.js';
import type { Digest } from '../../oci/index.js';
import type { Endpoint } from './endpoint.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

/** An upload that a registry has begun: OCI distribution-spec, "Pushing blobs". */
export interface UploadSession {
  /** The newest Location. Opaque, and perhaps a secret. */
  readonly url: URL;
  /** Bytes that the registry said it has. */
  readonly offset: number;
  /** Only the last piece may be smaller: OCI-Chunk-Min-Length. */
  readonly minPieceBytes: number;
}

/** Most of what a registry may demand of a piece is more than any blob has; what is no number demands nothing. */
function minPieceBytesOf(response: NetworkResponse): number | undefined {
  const text = response.header('oci-chunk-min-length');
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Bytes of the upload that an answer speaks of in Range: `0-<end>`. Undefined where it does not; -1 for what makes no
 * sense. `0-0` is one byte here, though docker-registry says so where it has none.
 */
export function acceptedBytes(response: NetworkResponse): number | undefined {
  const text = response.header('range');
  if (text === undefined) return undefined;
  const match = /^(?:bytes[= ])?0-([0-9]{1,15})$/.exec(text.trim());
  return match === null ? -1 : Number(match[1]) + 1;
}

/** The session after an answer: Location is taken from it where it has one. */
export function continued(session: UploadSession, response: NetworkResponse, offset: number): UploadSession {
  const location = response.header('location');
  return {
    url:
      location === undefined
        ? session.url
        : checkFollowUp(response.url, location, { what: 'the Location of an upload', hide: response.hide }),
    offset,
    minPieceBytes: minPieceBytesOf(response) ?? session.minPieceBytes,
  };
}

/** The session that a 202 to POST begins. @throws TbuildError `server-invalid` */
export function begunBy(response: NetworkResponse, task: string): UploadSession {
  if (response.header('location') === undefined) {
    throw serverInvalid(task, 'the registry began an upload without saying where (no Location)');
  }
  return continued({ url: response.url, offset: 0, minPieceBytes: 0 }, response, 0);
}

/**
 * Begins an upload.
 * @throws TbuildError `registry-refused`, and what `Endpoint.send` throws
 */
export async function startSession(endpoint: Endpoint, task: string): Promise<UploadSession> {
  const response = await endpoint.send({
    method: 'POST',
    path: 'blobs/uploads/',
    headers: { 'content-length': '0' },
    access: 'push',
    repeat: 'safely',
    task,
  });
  if (response.status !== 202) throw await refusalOf(response, task);
  await response.discard();
  return begunBy(response, task);
}

/** Where the upload is ended: the Location as it is, with the digest added. */
export function closingUrl({ url }: UploadSession, digest: Digest): URL {
  const text = url.href.slice(0, url.href.length - url.hash.length);
  const separator = !text.includes('?') ? '?' : /[?&]$/.test(text) ? '' : '&';
  return new URL(`${text}${separator}digest=${encodeURIComponent(digest)}`);
}

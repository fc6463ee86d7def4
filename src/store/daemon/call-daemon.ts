import { fail } from '../../errors/index.js';
import { errnoOf, type Host, HttpFailure } from '../../host/index.js';
import { type Bytes, escapeBytes } from '../../util/index.js';
import { daemonSocket } from './daemon-socket.js';

export interface DaemonRequest {
  readonly method: 'GET' | 'POST';
  /** With query. */
  readonly path: string;
  /** A tar archive. */
  readonly body?: Bytes;
  /** Begins messages: `Cannot read "docker-daemon:app:v1"`. */
  readonly task: string;
}

export interface DaemonResponse {
  readonly status: number;
  /** To be read to its end, or left. @throws TbuildError `daemon-unavailable` */
  readonly body: Bytes;
}

/** Docker writes a whole image to its disk before the first byte comes, and unpacks one before it answers. */
const LONG_MS = 30 * 60_000;
const LIMITS = { connectMs: 10_000, headersMs: LONG_MS, progressMs: LONG_MS };
const MESSAGE_BYTES = 1024;

function hintFor(failure: HttpFailure, socketPath: string): string {
  const shown = JSON.stringify(socketPath);
  const code = errnoOf(failure.cause);
  if (code === 'EACCES' || code === 'EPERM') return `Only root and mostly the group "docker" may use ${shown}.`;
  if (failure.kind !== 'refused') return `The daemon listens at ${shown}; its log may say more.`;
  return `Is the docker daemon running? Its socket should be ${shown}; DOCKER_HOST names another.`;
}

/** The error to throw for one of a request, or of the body that came. */
function explain(error: unknown, request: DaemonRequest, socketPath: string): unknown {
  if (!(error instanceof HttpFailure)) return error;
  const message = `${request.task}: docker: ${error.message}`;
  return fail('daemon-unavailable', { message, hint: hintFor(error, socketPath), cause: error });
}

/**
 * Asks the docker daemon over its socket (Docker Engine API, without a version in the path: that of the daemon). Every
 * status comes back.
 *
 * @throws TbuildError `daemon-unavailable`; the reason of the interruption; what the body throws
 */
export async function callDaemon(host: Host, request: DaemonRequest): Promise<DaemonResponse> {
  const { method, path, body, task } = request;
  const socketPath = daemonSocket(host.env, task);
  async function* explained(answer: Bytes): AsyncGenerator<Uint8Array> {
    try {
      yield* answer;
    } catch (error) {
      throw explain(error, request, socketPath);
    }
  }
  try {
    const response = await host.http.request({
      method,
      url: new URL(path, 'http://docker'),
      headers: body === undefined ? {} : { 'content-type': 'application/x-tar' },
      ...(body !== undefined && { body }),
      route: { socketPath },
      limits: LIMITS,
      interruption: host.interruption,
    });
    return { status: response.status, body: explained(response.body) };
  } catch (error) {
    throw explain(error, request, socketPath);
  }
}

/** Words of the daemon for people: few, on one line, without what a terminal would act on. */
export function shownWords(words: string): string {
  const bytes = Buffer.from(words.trim());
  return escapeBytes(bytes.subarray(0, MESSAGE_BYTES)) + (bytes.length > MESSAGE_BYTES ? '…' : '');
}

/** What an answer with a status of 400 and above says, in words: `docker answered 500: no such file`. */
export async function refusalOf({ status, body }: DaemonResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > 64 * MESSAGE_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString();
  const words = shownWords(messageIn(text) ?? text);
  return words === '' ? `docker answered ${status}` : `docker answered ${status}: ${words}`;
}

/** The `message` of an error answer. */
function messageIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const message = (value as { message?: unknown } | null)?.message;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

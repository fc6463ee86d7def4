import { createHash } from 'node:crypto';
import { fail, type TbuildError } from '../errors/index.js';
import { redactUrl } from '../network/index.js';
import { digestOfHash } from '../oci/index.js';
import type { Content } from '../store/index.js';
import { type Bytes, inParallel } from '../util/index.js';
import { failureOfAll, isOfPlace, withLacking } from './downloads/download-failure.js';
import { type Download, type DownloadHeaders, taskOf } from './downloads/download-request.js';
import { beyondLimit, readPlace, wrongSize } from './downloads/read-place.js';
import type { ContentContext } from './input-context.js';

export type { Download, DownloadHeaders };

export type DownloadContext = Pick<ContentContext, 'host' | 'store' | 'network' | 'step' | 'warn'>;

/** How many files are fetched at a time. */
const PARALLEL = 4;

function kept({ expected }: Download, { store }: DownloadContext): Content | undefined {
  if (expected === undefined) return undefined;
  const size = store.sizeOf(expected.digest);
  if (size === undefined || (expected.size !== undefined && expected.size !== size)) return undefined;
  return { digest: expected.digest, size };
}

interface Attempt {
  readonly request: Download;
  readonly context: DownloadContext;
  /** Called with how many bytes are there; again from the start where one begins anew. */
  progress(size: number): void;
  /** Aborted where another download failed. */
  readonly stop: AbortSignal | undefined;
}

/** The bytes, which end with an error where they are not what is expected. */
async function* expectedBytes(bytes: Bytes, url: URL, attempt: Attempt): AsyncGenerator<Uint8Array> {
  const { request, stop } = attempt;
  const { expected, limitBytes } = request;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    stop?.throwIfAborted();
    size += chunk.length;
    if (expected?.size !== undefined && size > expected.size) throw wrongSize(request, url, 'more bytes');
    if (size > limitBytes) throw beyondLimit(request, url, `has more than ${limitBytes} bytes`);
    hash.update(chunk);
    attempt.progress(size);
    yield chunk;
  }
  if (expected === undefined) return;
  if (expected.size !== undefined && size < expected.size) throw wrongSize(request, url, `${size} bytes`);
  const found = digestOfHash(hash);
  if (found === expected.digest) return;
  throw fail('input-mismatch', {
    message: `${taskOf(request)}: ${redactUrl(url)} gives ${found} instead of ${expected.digest}`,
    hint: request.mismatchHint,
    details: { url: redactUrl(url), expected: expected.digest, found },
  });
}

async function fromPlace(url: URL, attempt: Attempt): Promise<Content> {
  const { request, context } = attempt;
  const headers = (await request.headersFor?.(url)) ?? {};
  const place = { request, url, network: context.network, headers };
  return readPlace(place, (bytes) => context.store.ingest(expectedBytes(bytes, url, attempt)));
}

async function fromAnyPlace(attempt: Attempt): Promise<Content> {
  const { request, context, stop } = attempt;
  const failures: TbuildError[] = [];
  for (const url of request.urls) {
    try {
      const content = await fromPlace(url, attempt);
      for (const { message } of failures.filter(({ code }) => code === 'input-mismatch')) {
        context.warn?.(`${message}; ${redactUrl(url)} has the right file`);
      }
      return content;
    } catch (error) {
      if (stop?.aborted === true || !isOfPlace(error)) throw error;
      failures.push(error);
    }
  }
  throw failureOfAll(request, failures);
}

async function fetchMissing(request: Download, context: DownloadContext, stop?: AbortSignal): Promise<Content> {
  const size = request.expected?.size;
  if (size !== undefined && size > request.limitBytes)
    throw beyondLimit(request, request.urls[0]!, `has ${size} bytes`);
  return context.step(
    `fetch ${request.what}`,
    (advance) => {
      let told = 0;
      const progress = (reached: number): void => {
        if (reached <= told) return;
        advance(reached - told);
        told = reached;
      };
      return fromAnyPlace({ request, context, progress, stop });
    },
    size,
  );
}

/**
 * Brings a file into the store. What is expected and there already is not asked for. Places are tried one after the other
 * until one has the file; a connection that breaks is taken up where it broke.
 *
 * @throws TbuildError `server-unavailable`, `server-invalid`, `input-missing` (naming every URL), `input-denied`,
 *   `input-unreadable`, `input-limit`; `input-mismatch` where a place has another file than expected, and none the right one
 */
export async function download(request: Download, context: DownloadContext): Promise<Content> {
  const found = kept(request, context);
  if (found !== undefined) return found;
  try {
    return await fetchMissing(request, context);
  } catch (error) {
    throw withLacking(error, request, request.expected === undefined ? [] : [request.what]);
  }
}

/**
 * Brings files into the store, a few at a time: all, or none that was not there and not ended when the first failed. Where
 * the network is at fault, the error says what is pinned and lacking.
 *
 * @returns in the order of the requests
 * @throws TbuildError as `download`
 */
export async function downloadAll(
  requests: readonly Download[],
  context: DownloadContext,
  parallel = PARALLEL,
): Promise<readonly Content[]> {
  const contents = requests.map((request) => kept(request, context));
  const missing = [...requests.keys()].filter((index) => contents[index] === undefined);
  let failed: Download | undefined;
  try {
    await inParallel(missing, parallel, async (index, stop) => {
      const request = requests[index]!;
      try {
        contents[index] = kept(request, context) ?? (await fetchMissing(request, context, stop));
      } catch (error) {
        failed ??= request;
        throw error;
      }
    });
  } catch (error) {
    if (failed === undefined) throw error;
    const lacking = requests.filter(
      (request) => request.expected !== undefined && kept(request, context) === undefined,
    );
    throw withLacking(
      error,
      failed,
      lacking.map(({ what }) => what),
    );
  }
  return contents.map((content) => content!);
}

import { fail, TbuildError } from '../errors/index.js';
import type { HttpResponse } from '../host/index.js';
import { type Bytes, collect } from '../util/index.js';
import type { Circumstances } from './explain.js';
import type { NetworkResponse } from './network.js';

async function beginningOf(body: Bytes, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let left = limitBytes;
  try {
    for await (const chunk of body) {
      chunks.push(chunk.slice(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch (error) {
    // What came before the connection broke is worth showing.
    if (!(error instanceof TbuildError)) throw error;
  }
  return Buffer.concat(chunks);
}

export interface ResponseFacts extends Pick<Circumstances, 'url' | 'task'>, Pick<NetworkResponse, 'hide'> {
  /** That of the answer, counted and explained. */
  readonly body: Bytes;
}

export function networkResponse(answer: HttpResponse, { url, task, body, hide }: ResponseFacts): NetworkResponse {
  const headers = (name: string): readonly string[] => answer.headers.get(name) ?? [];
  return {
    status: answer.status,
    url,
    header: (name) => headers(name)[0],
    headers,
    body,
    hide,
    excerpt: (limitBytes) => beginningOf(body, limitBytes),
    async whole(limitBytes) {
      try {
        return await collect(body, limitBytes);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw fail('server-invalid', {
          message: `${task}: ${url.origin} sends more than ${limitBytes} bytes`,
          cause: error,
        });
      }
    },
    discard: () => answer.discard(),
  };
}

import type { NetworkResponse } from '../../network/index.js';
import { checkFollowUp, sameOrigin } from '../../network/index.js';
import { DOCUMENT_LIMIT_BYTES } from '../../oci/index.js';
import { isCutOff } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

const PAGES_MAX = 1000;
/** Of all pages together. */
const LIST_LIMIT_BYTES = 64 * 1024 * 1024;

export interface Page {
  readonly bytes: Uint8Array;
  readonly answer: NetworkResponse;
  /** True where another one follows. */
  readonly hasNext: boolean;
}

export interface PageRequest {
  readonly path: string;
  readonly accept: string;
  readonly task: string;
}

/** RFC 8288, "Link": the target of the relation `next`. */
export function nextLink(headers: readonly string[]): string | undefined {
  for (const header of headers) {
    for (const [, target, parameters] of header.matchAll(/<([^>]*)>((?:\s*;[^;,"]*(?:"[^"]*")?)*)/g)) {
      const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters!);
      const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
      if (names.includes('next')) return target;
    }
  }
  return undefined;
}

/** @throws TbuildError `server-invalid` for another host */
async function urlAfter(endpoint: Endpoint, answer: NetworkResponse, task: string): Promise<URL | undefined> {
  const link = nextLink(answer.headers('link'));
  if (link === undefined) return undefined;
  const url = checkFollowUp(answer.url, link, { what: `${task}: the address of the next page`, hide: answer.hide });
  if (sameOrigin(url, await endpoint.origin())) return url;
  throw serverInvalid(task, `the registry sends us to ${JSON.stringify(url.host)} for the next page`);
}

/** One page, asked for again where the answer breaks off. */
async function readPage(
  endpoint: Endpoint,
  where: { readonly path: string } | { readonly url: URL },
  { accept, task }: PageRequest,
): Promise<Omit<Page, 'hasNext'>> {
  const patience = endpoint.patience();
  for (;;) {
    const headers = { accept };
    const answer = await endpoint.send({ method: 'GET', ...where, headers, access: 'pull', repeat: 'safely', task });
    if (answer.status >= 400) return { bytes: new Uint8Array(), answer };
    if (answer.status !== 200) throw await refusalOf(answer, task);
    try {
      return { bytes: await answer.whole(DOCUMENT_LIMIT_BYTES), answer };
    } catch (error) {
      await answer.discard();
      if (!isCutOff(error) || !(await patience.wait())) throw error;
    }
  }
}

/**
 * The pages of a list: OCI distribution-spec, "Listing Tags". The first may be a refusal, which is for the caller to
 * judge.
 *
 * @throws TbuildError `server-invalid` (the list does not end, or goes on elsewhere), and as `Endpoint.send`
 */
export async function* pagesOf(endpoint: Endpoint, request: PageRequest): AsyncGenerator<Page> {
  const { task } = request;
  const seen = new Set<string>();
  let size = 0;
  let where: { readonly path: string } | { readonly url: URL } = request;
  for (let count = 1; count <= PAGES_MAX; count++) {
    const page = await readPage(endpoint, 'url' in where ? { url: where.url } : { path: where.path }, request);
    if (page.answer.status >= 400 && count > 1) throw await refusalOf(page.answer, task);
    size += page.bytes.length;
    if (size > LIST_LIMIT_BYTES) throw serverInvalid(task, `the list has more than ${LIST_LIMIT_BYTES} bytes`);
    seen.add(page.answer.url.href);
    const next = page.answer.status === 200 ? await urlAfter(endpoint, page.answer, task) : undefined;
    yield { ...page, hasNext: next !== undefined };
    if (next === undefined) return;
    if (seen.has(next.href)) throw serverInvalid(task, 'the list leads back to a page that was already read');
    where = { url: next };
  }
  throw serverInvalid(task, `the list has more than ${PAGES_MAX} pages`);
}

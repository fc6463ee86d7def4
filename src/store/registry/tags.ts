import { fail } from '../../errors/index.js';
import { isTag } from '../../oci/index.js';
import { decodeUtf8 } from '../../util/index.js';
import { shownReference } from '../image-errors.js';
import type { Endpoint } from './endpoint.js';
import { pagesOf } from './pages.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

function parseTags(bytes: Uint8Array, task: string): readonly string[] {
  let body: unknown;
  try {
    body = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    throw serverInvalid(task, 'the registry answered with something that is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw serverInvalid(task, 'the registry answered without a list');
  }
  const { tags } = body as { tags?: unknown };
  if (tags === null || tags === undefined) return []; // Go writes null for an empty list
  if (!Array.isArray(tags)) throw serverInvalid(task, 'the registry answered without a list');
  for (const tag of tags) {
    if (typeof tag === 'string' && isTag(tag)) continue;
    throw serverInvalid(task, `the registry lists ${JSON.stringify(tag)?.slice(0, 200)}, which is not a tag`);
  }
  return tags as readonly string[];
}

/** The tags of each page, those that came before left out. OCI distribution-spec, "Listing Tags". */
export async function* tagPages(endpoint: Endpoint): AsyncGenerator<readonly string[]> {
  const shown = shownReference(endpoint.reference);
  const task = `Cannot list the tags of ${shown}`;
  const seen = new Set<string>();
  for await (const page of pagesOf(endpoint, { path: 'tags/list', accept: 'application/json', task })) {
    if (page.answer.status === 404) {
      await page.answer.discard();
      throw fail('image-missing', { message: `There is no repository ${shown}` });
    }
    if (page.answer.status !== 200) throw await refusalOf(page.answer, task);
    const tags = parseTags(page.bytes, task);
    const added = [...new Set(tags)].filter((tag) => !seen.has(tag));
    if (tags.length > 0 && added.length === 0 && page.hasNext) {
      throw serverInvalid(task, 'the list repeats itself and does not end');
    }
    for (const tag of added) seen.add(tag);
    yield added;
  }
}

/** All tags, in the order of the registry; each once. */
export async function listTags(endpoint: Endpoint): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const tags of tagPages(endpoint)) all.push(...tags);
  return all;
}

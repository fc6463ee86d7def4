import type { ContentAssertion } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import { collect } from '../util/index.js';
import { checkText, decodeText } from './check-text.js';
import { describeEntry, findTarget } from './find-entry.js';

/** A larger file is nothing that patterns are written for. */
const CONTENT_LIMIT_BYTES = 16 * 1024 * 1024;

/** What is not as asserted of the content of one file; a symlink is followed to it. */
export async function checkContent(asserted: ContentAssertion, tree: FileTree): Promise<readonly string[]> {
  const found = findTarget(tree, asserted.path);
  if (found.entry === undefined) {
    return [`expected a file, found nothing${found.why === undefined ? '' : `: ${found.why}`}`];
  }
  const { entry } = found;
  if (entry.kind !== 'file') return [`expected a file, found ${describeEntry(entry)}`];
  if (entry.size > CONTENT_LIMIT_BYTES) {
    return [`expected at most ${CONTENT_LIMIT_BYTES} bytes, which are all that is looked through, found ${entry.size}`];
  }
  return checkText(asserted, decodeText(await collect(entry.open(), CONTENT_LIMIT_BYTES)));
}

import { fail } from '../errors/index.js';
import type { FetchContent } from '../manifest/index.js';
import { redactUrl } from '../network/index.js';
import type { FileTree } from '../tree/index.js';
import { childrenOf, type TreeChildren, type TreeItem } from './tree-children.js';

/**
 * A tree without its first directories. What lies in them alone is left out; directories that fall together merge.
 *
 * @param strip how many
 * @throws TbuildError `path-clash` where two things fall together that are not both directories, `input-empty` where
 *   nothing is left
 */
export function stripTree(tree: FileTree, strip: number, content: FetchContent): TreeChildren {
  const items = new Map<string, TreeItem>();
  for (const entry of tree.entries) {
    const path = entry.path.split('/').slice(strip).join('/');
    if (path === '') continue;
    const isDirectory = entry.kind === 'directory';
    const earlier = items.get(path);
    if (earlier === undefined) items.set(path, { path, isDirectory, entry });
    else if (!isDirectory || !earlier.isDirectory) {
      const both = `${JSON.stringify(earlier.entry.path)} and ${JSON.stringify(entry.path)}`;
      const message = `With "strip: ${strip}", ${both} of ${shownOf(content)} are both ${JSON.stringify(path)}`;
      throw fail('path-clash', { message, at: content.at });
    }
  }
  if (items.size > 0 || tree.entries.length === 0) return childrenOf(items.values());
  throw fail('input-empty', {
    message: `"strip: ${strip}" leaves nothing of ${shownOf(content)}, which has no path of more than ${strip} names`,
    at: content.at,
  });
}

const shownOf = ({ urls }: FetchContent): string => redactUrl(urls[0]!.url);

import { fail, type TbuildError } from '../errors/index.js';
import type { RemoveContent } from '../manifest/index.js';
import { type FileTree, resolveDirectory, treeOf, type WhiteoutEntry, whiteoutOf } from '../tree/index.js';
import { closestOf } from '../util/index.js';
import type { ContentContext } from './input-context.js';

type Removed = RemoveContent['paths'][number];

/**
 * Where the path really is: symlinks on the way are followed, one at its end is not; undefined where that cannot be.
 */
function placeOf(path: string, below: FileTree): string | undefined {
  const slash = path.lastIndexOf('/');
  const parent = resolveDirectory(path.slice(0, Math.max(0, slash)), (at) => below.get(at));
  if (parent.kind !== 'directory') return undefined;
  const name = path.slice(slash + 1);
  return parent.path === '' ? name : `${parent.path}/${name}`;
}

/** The path with its first name that is not there replaced by one that is and looks like it. */
function correctionOf(path: string, below: FileTree): string | undefined {
  const names = path.split('/');
  for (let count = 1; count <= names.length; count++) {
    const place = placeOf(names.slice(0, count).join('/'), below);
    if (place === undefined) return undefined;
    if (below.get(place) !== undefined) continue;
    const directory = place.slice(0, place.lastIndexOf('/') + 1);
    const siblings = below.entries.flatMap((entry) => {
      const name = entry.path.slice(directory.length);
      return entry.path.startsWith(directory) && !name.includes('/') ? [name] : [];
    });
    const meant = closestOf(names[count - 1]!, siblings);
    return meant === undefined ? undefined : [...names.slice(0, count - 1), meant, ...names.slice(count)].join('/');
  }
  return undefined;
}

function missing({ path, at }: Removed, below: FileTree): TbuildError {
  const meant = correctionOf(path, below);
  const noPattern = /[*?[]/.test(path) ? 'A path to remove is no pattern: name each, or their directory.' : undefined;
  return fail('input-empty', {
    message: `Cannot remove ${JSON.stringify(`/${path}`)}: the layers below have nothing there`,
    hint: meant === undefined ? noPattern : `Did you mean ${JSON.stringify(`/${meant}`)}?`,
    at,
    details: { path: `/${path}` },
  });
}

/**
 * Whiteouts for what lower layers have and the image shall not. Symlinks on the way to a path are followed; a symlink
 * at its end is what is removed, not what it leads to.
 *
 * @throws TbuildError `input-empty` for a path that is not there
 */
export function readRemove(content: RemoveContent, context: Pick<ContentContext, 'below'>): FileTree {
  const below = context.below();
  const whiteouts = new Map<string, WhiteoutEntry>();
  for (const removed of content.paths) {
    const place = placeOf(removed.path, below);
    if (place === undefined || below.get(place) === undefined) throw missing(removed, below);
    const origin = { kind: 'remove', label: `remove /${removed.path}`, at: removed.at };
    if (!whiteouts.has(place)) whiteouts.set(place, whiteoutOf(place, false, origin));
  }
  return treeOf(whiteouts.values());
}

import { TbuildError } from '../../errors/index.js';
import type { HostRoot } from '../../inputs/index.js';

/** Directories of which a machine always has other things than those of a few packages are not even looked at. */
const DEPTH_MIN = 2;

/** Undefined for a directory that only others may read. */
function childrenOf(directory: string, root: HostRoot): readonly string[] | undefined {
  try {
    return root.namesIn(directory).map((name) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof TbuildError) return undefined;
    throw error;
  }
}

/**
 * The paths, with every directory that holds nothing else in place of all that it holds: thousands of files are a few
 * hundred things to see. An empty directory counts as it is.
 *
 * @param paths of files, links and directories, free of links on the way
 */
export function wholeDirectories(paths: ReadonlySet<string>, root: HostRoot): ReadonlySet<string> {
  const isDirectory = (path: string): boolean => root.at(path)?.kind === 'directory';
  const judged = new Map<string, boolean>();
  const isWhole = (path: string): boolean => {
    const known = judged.get(path);
    if (known !== undefined) return known;
    const children = childrenOf(path, root);
    const isAll = children?.every((child) => (isDirectory(child) ? isWhole(child) : paths.has(child)));
    const result = isAll === true && (children!.length > 0 || paths.has(path));
    judged.set(path, result);
    return result;
  };
  const kept = new Set<string>();
  for (const path of paths) {
    const way = path.split('/');
    const directories = way.slice(0, -1).map((_, i) => way.slice(0, i + 1).join('/'));
    const whole = directories.slice(DEPTH_MIN - 1).find(isWhole);
    if (whole !== undefined) kept.add(whole);
    else if (!isDirectory(path) || isWhole(path)) kept.add(path);
  }
  return kept;
}

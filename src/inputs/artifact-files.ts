import { posix } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import type { ArtifactContent } from '../manifest/index.js';
import { type Entry, type FileTree, resolveDirectory, treeOf } from '../tree/index.js';
import { didYouMean } from '../util/index.js';
import { attributesOfFile, attributesOfOther, placeBelow, placeDirectory, placeSingle } from './placement.js';
import { Selector, walkSelected } from './selector.js';
import { childrenBelow, type TreeItem } from './tree-children.js';

/** How many paths of an output a message lists. */
const LISTED_MAX = 20;
/** As Linux: path_resolution(7). */
const SYMLINKS_MAX = 40;

const ROOT = 'root';

/** What stands at a path of the output, a symlink at its end followed; undefined for nothing, `root` for the output. */
function find(path: string, output: FileTree): Entry | typeof ROOT | undefined {
  let wanted = path;
  for (let symlinks = 0; symlinks <= SYMLINKS_MAX; symlinks++) {
    const parent = resolveDirectory(posix.dirname(wanted), (at) => output.get(at));
    if (parent.kind !== 'directory') return undefined;
    const place = posix.join('/', parent.path, posix.basename(wanted)).slice(1);
    if (place === '') return ROOT;
    const entry = output.get(place);
    if (entry?.kind !== 'symlink') return entry;
    wanted = posix.resolve('/', parent.path, entry.target).slice(1);
  }
  return undefined;
}

function missing(content: ArtifactContent, output: FileTree): TbuildError {
  const paths = output.entries.filter((entry) => entry.kind !== 'directory').map((entry) => entry.path);
  const listed = paths.slice(0, LISTED_MAX);
  const more = paths.length > listed.length ? ` and ${paths.length - listed.length} more` : '';
  const meant = didYouMean(content.path, paths);
  const holds = `The output holds ${listed.map((path) => JSON.stringify(path)).join(', ')}${more}.`;
  return fail('artifact-output', {
    message: `Artifact ${JSON.stringify(content.artifact)} has no ${JSON.stringify(content.path)} in its output`,
    hint: meant === undefined ? holds : `${meant} ${holds}`,
    at: content.at,
    details: { artifact: content.artifact, path: content.path, holds: listed },
  });
}

function refuseUnmatched(selector: Selector, { artifact }: ArtifactContent): void {
  const [pattern] = selector.unmatched;
  if (pattern === undefined) return;
  throw fail('input-empty', {
    message: `${JSON.stringify(pattern.glob)} matches nothing in the output of artifact ${JSON.stringify(artifact)}`,
    at: pattern.at,
    details: { pattern: pattern.glob, artifact },
  });
}

/** The entry of an output at its place in the image. */
function placed(content: ArtifactContent, entry: Entry, path: string): Entry {
  const origin = { kind: 'artifact', label: `artifact ${content.artifact}`, source: entry.path, at: content.at };
  if (entry.kind === 'file') {
    const { size, digest, open } = entry;
    return { kind: 'file', path, ...attributesOfFile(content, (entry.mode & 0o100) !== 0), size, digest, open, origin };
  }
  if (entry.kind === 'symlink') {
    return { kind: 'symlink', path, ...attributesOfOther(content, 'symlink'), target: entry.target, origin };
  }
  return { kind: 'directory', path, ...attributesOfOther(content, 'directory'), claim: 'walked', origin };
}

function placeSelected(content: ArtifactContent, top: string, output: FileTree): FileTree {
  const children = childrenBelow(top, output);
  const selector = new Selector(content.selection);
  const origin = { kind: 'artifact', label: `artifact ${content.artifact}`, source: top, at: content.at };
  const entries: Entry[] = [...placeDirectory(content, origin)];
  walkSelected<TreeItem>(selector, {
    childrenOf: (directory) => children.get(directory?.path ?? '') ?? [],
    onSelected: ({ path, entry }) => entries.push(placed(content, entry, placeBelow(content, path))),
  });
  refuseUnmatched(selector, content);
  return treeOf(entries);
}

/**
 * A file or directory of an artifact's output, at its place in the image.
 * @throws TbuildError `artifact-output`, `input-empty`, `input-name`, `input-limit`, `manifest-wrong-value`
 */
export function readArtifactFiles(content: ArtifactContent, output: FileTree): FileTree {
  const found = find(content.path, output);
  if (found === undefined) throw missing(content, output);
  if (found === ROOT) return placeSelected(content, '', output);
  if (found.kind === 'directory') return placeSelected(content, found.path, output);
  const name = posix.basename(content.path);
  const selector = new Selector(content.selection);
  const isSelected = selector.judge({ path: name, isDirectory: false }, false) === 'selected';
  refuseUnmatched(selector, content);
  if (isSelected) return treeOf([placed(content, found, placeSingle(content, name))]);
  const message = `"exclude" leaves nothing of ${JSON.stringify(content.path)}`;
  throw fail('input-empty', { message, at: content.at });
}

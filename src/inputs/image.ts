import { followPath, type RootFiles, rootFilesOf } from '../closure/index.js';
import { fail, type TbuildError } from '../errors/index.js';
import type { Destination, ImageContent } from '../manifest/index.js';
import { type Entry, type FileTree, type Origin, treeOf, type WhiteoutEntry } from '../tree/index.js';
import { PATH_BYTES_MAX } from './host-name.js';
import type { ContentContext } from './input-context.js';
import { matchesOf } from './match-paths.js';
import { pickPaths } from './pick-paths.js';

type CopiedEntry = Exclude<Entry, WhiteoutEntry>;

/** Something that `paths` name, and where the image really has it. */
interface Match {
  readonly path: string;
  readonly source: string;
}

function showPath(path: string): string {
  return JSON.stringify(`/${path}`);
}

/**
 * What the patterns match, each path once, symlinks at the end followed. @throws TbuildError where one leads nowhere
 */
function matchesIn({ paths, text }: ImageContent, root: RootFiles): readonly Match[] {
  const what = `image ${text}`;
  const matches = new Map<string, Match>();
  for (const pattern of paths) {
    for (const path of matchesOf(pattern, { root, what })) {
      const { path: source, entry } = followPath(path, root);
      if (entry === undefined) {
        const message = `${showPath(path)} of ${what} is a symlink that leads nowhere`;
        throw fail('input-missing', { message, at: pattern.at, details: { path: `/${path}` } });
      }
      matches.set(path, { path, source });
    }
  }
  return [...matches.values()];
}

/** Where a match goes: to `to` itself, or below it under its own name. */
function placeOf({ path }: Match, to: Destination): string {
  if (!to.intoDirectory) return to.path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return to.path === '' ? name : `${to.path}/${name}`;
}

function tooMany({ text, at }: ImageContent, to: Destination, matches: readonly Match[]): TbuildError {
  const shown = matches.slice(0, 2).map(({ path }) => showPath(path));
  return fail('path-clash', {
    message: `${shown.join(' and ')} of image ${text} cannot both be ${showPath(to.path)}`,
    hint: `End "to" with "/", and each keeps its name: "/${to.path}/".`,
    at,
    details: { path: `/${to.path}` },
  });
}

function twice({ text, at }: ImageContent, place: string, sources: readonly string[]): TbuildError {
  const message = `${sources.map(showPath).join(' and ')} of image ${text} cannot both be ${showPath(place)}`;
  return fail('path-clash', {
    message,
    hint: 'Copy one of them in a content of its own, with another "to".',
    at,
    details: { path: `/${place}` },
  });
}

/** The entry as it is in the image, at its place. */
function copied(entry: CopiedEntry, path: string, { text, at }: ImageContent): CopiedEntry {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    const message = `The path "/${path.slice(0, 200)}…" in the image is longer than ${PATH_BYTES_MAX} bytes`;
    throw fail('input-limit', { message, at });
  }
  const { why } = entry.origin;
  const origin: Origin = { kind: 'image', label: `image ${text}`, source: entry.path, at };
  return { ...entry, path, origin: why === undefined ? origin : { ...origin, why } };
}

/** A match with all below it, at its place. */
function* movedFrom(
  source: string,
  place: string,
  picked: readonly CopiedEntry[],
): Generator<readonly [string, CopiedEntry]> {
  const prefix = source === '' ? '' : `${source}/`;
  for (const entry of picked) {
    if (entry.path === source) yield [place, entry];
    else if (entry.path.startsWith(prefix)) yield [`${place}/${entry.path.slice(prefix.length)}`, entry];
  }
}

function moved(
  content: ImageContent,
  to: Destination,
  trees: { image: FileTree; picked: readonly CopiedEntry[] },
): FileTree {
  const matches = matchesIn(content, rootFilesOf(trees.image));
  if (!to.intoDirectory && matches.length > 1) throw tooMany(content, to, matches);
  const sources = new Map<string, string>();
  const entries = new Map<string, CopiedEntry>();
  for (const match of matches) {
    const place = placeOf(match, to);
    const other = sources.get(place);
    if (other !== undefined && other !== match.source) throw twice(content, place, [other, match.source]);
    sources.set(place, match.source);
    for (const [path, entry] of movedFrom(match.source, place, trees.picked)) {
      entries.set(path, copied(entry, path, content));
    }
  }
  return treeOf(entries.values());
}

/**
 * Files of another image, with the owners, modes and extended attributes that they have there: what `paths` names is
 * asked for as it is, setuid bits too. With `to` they go there instead, without the directories and symlinks that lead
 * to them.
 *
 * @throws TbuildError `input-empty`, `input-missing`, `input-kind` for devices, `input-limit`, `path-clash`, as
 *   `pickPaths`, and what reading the image reports
 */
export async function readImageFiles(
  content: ImageContent,
  context: Pick<ContentContext, 'imageTree'>,
): Promise<FileTree> {
  const { paths, closure, to, text, at } = content;
  const image = await context.imageTree(content);
  const tree = await pickPaths(image, { paths, closure, what: `image ${text}`, at });
  const picked = tree.entries.filter((entry) => entry.kind !== 'whiteout');
  if (to !== undefined) return moved(content, to, { image, picked });
  return treeOf(picked.map((entry) => copied(entry, entry.path, content)));
}

import { closureOf } from '../closure/index.js';
import { fail, type TbuildError } from '../errors/index.js';
import type { ClosureDeclaration, FilesContent } from '../manifest/index.js';
import { followPatterns } from './follow-patterns.js';
import { changed, type HostPlace, isTouched } from './host-file.js';
import { problemOfName } from './host-name.js';
import { type HostRoot, hostRoot, placeIn } from './host-root.js';
import type { InputContext } from './input-context.js';
import { matchPaths } from './match-paths.js';
import { wordsOf } from './pick-paths.js';
import { inspect, type SelectedFile, selectFiles } from './select-files.js';
import { Selector } from './selector.js';

/** Something that is selected, or comes in because what is selected needs it. */
export interface WantedFile extends SelectedFile {
  /** `/usr/bin/curl → libz.so.1` */
  readonly why?: string | undefined;
}

/** What a content asks for, and where. */
export interface WantedFiles {
  readonly content: FilesContent;
  readonly place: HostPlace;
}

function noRootFileSystem({ shown, at }: HostPlace): TbuildError {
  return fail('input-kind', {
    message: `${JSON.stringify(shown)} is a file, but "closure" looks for what it needs in a root file system`,
    hint: 'Name the directory that is the root file system, and under "include" the file, relative to it.',
    at,
  });
}

/** Why each path besides the selected ones is wanted. */
async function reasonsFor(
  selected: readonly SelectedFile[],
  closure: ClosureDeclaration,
  { root, place, at }: { readonly root: HostRoot; readonly place: HostPlace; readonly at: FilesContent['at'] },
): Promise<ReadonlyMap<string, string>> {
  const what = JSON.stringify(place.shown);
  const roots = selected.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);
  const extras = [...matchPaths(closure.extras, { root, what })];
  const needed = await closureOf(roots, root, { extras, nameService: closure.nameService, what, at });
  return new Map([
    ...extras.map((path): [string, string] => [path, 'extras']),
    ...needed.map(({ path, why }): [string, string] => [path, wordsOf(why)]),
  ]);
}

/** What was looked at to find out what it needs must be what goes into the image. */
function refuseChanged(wanted: readonly WantedFile[], root: HostRoot): void {
  for (const file of wanted) {
    const before = file.kind === 'directory' ? undefined : root.statOf(file.path);
    if (before !== undefined && isTouched(before, file.stat)) throw changed(file);
  }
}

/** A path and the directories above it, from the top. */
function wayTo(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

/**
 * The selected files of a content; with `closure` also what they need of the directory, taken for a root file system,
 * and every directory on the way to it. `include` then follows the symlinks of that file system, and what `exclude`
 * matches counts as found and stays out. The directory is looked into only where something may be.
 *
 * @throws TbuildError as `closureOf`, `matchPaths` and `selectFiles`, and `input-changed`
 */
export async function selectWithClosure(
  { content, place }: WantedFiles,
  context: InputContext,
): Promise<readonly WantedFile[]> {
  const { closure, mode, at, selection } = content;
  if (closure === undefined) return selectFiles({ ...place, selection }, context);
  const { files } = context.host;
  const root = hostRoot(place, files, mode);
  const { patterns, links } = followPatterns(selection.include ?? [], root);
  const include = selection.include && patterns;
  const selected = selectFiles({ ...place, selection: { ...selection, include } }, context);
  if (selected[0]?.path === '') throw noRootFileSystem(place);
  const reasons = await reasonsFor(selected, closure, { root, place, at });

  const excluder = new Selector({ include: undefined, exclude: selection.exclude });
  const isDirectory = (path: string): boolean => root.at(path)?.kind === 'directory';
  const known = new Set(selected.map(({ path }) => path));
  const wanted: WantedFile[] = [...selected];
  for (const path of [...links, ...reasons.keys()]) {
    const way = wayTo(path);
    if (way.some((at) => excluder.judge({ path: at, isDirectory: isDirectory(at) }, true) === 'left')) continue;
    for (const at of way.filter((step) => !known.has(step))) {
      known.add(at);
      const problem = problemOfName(at.slice(at.lastIndexOf('/') + 1));
      const found = { ...placeIn(place, at), path: at, isDirectory: isDirectory(at), kind: root.at(at)!.kind, problem };
      wanted.push({ ...inspect(found, files), why: links.has(path) ? undefined : reasons.get(path) });
    }
  }
  refuseChanged(wanted, root);
  return wanted;
}

import { posix, resolve } from 'node:path';
import type { ClosureDeclaration, FilesContent } from '../manifest/index.js';
import type { Digest } from '../oci/index.js';
import { type Entry, type FileTree, treeOf } from '../tree/index.js';
import { lazy } from '../util/index.js';
import { digestSelected } from './digest-selected.js';
import type { WantedFile } from './files-closure.js';
import { type HostPlace, openHostFile } from './host-file.js';
import type { InputContext } from './input-context.js';
import { attributesOfFile, attributesOfOther, placeBelow, placeDirectory } from './placement.js';
import { walkFiles } from './walk.js';
import { identityOfWalk } from './walk-table.js';
import { treeOfWalk } from './walked-tree.js';

const OWNER_EXECUTES = 0o100;

type WithClosure = FilesContent & { readonly closure: ClosureDeclaration };

function hasClosure(content: FilesContent): content is WithClosure {
  return content.closure !== undefined;
}

function placeOf({ source, sourceAt: at }: FilesContent, { directory }: InputContext): HostPlace {
  return { absolute: resolve(directory, source), shown: source, at };
}

/** With what the files need of their root file system. */
async function readWithClosure(content: WithClosure, context: InputContext): Promise<FileTree> {
  const { selectWithClosure } = await import('./files-closure.js');
  const { source } = content;
  const selected = await selectWithClosure({ content, place: placeOf(content, context) }, context);
  const digests = await digestSelected(selected, context);
  const declared = { kind: 'files', label: `files ${source}`, at: content.at };

  const entryOf = (file: WantedFile): Entry => {
    const why = file.why === undefined ? {} : { why: file.why };
    const path = placeBelow(content, file.path);
    const origin = { ...declared, source: posix.join(source, file.path), ...why };
    if (file.kind === 'file') {
      const digest: Digest = digests.get(file.path)!;
      return {
        kind: 'file',
        path,
        ...attributesOfFile(content, (file.stat.mode & OWNER_EXECUTES) !== 0),
        size: file.stat.size,
        digest,
        extent: { path: file.absolute },
        open: () => openHostFile(file, digest, context.host.files),
        origin,
      };
    }
    const facts = { path, ...attributesOfOther(content, file.kind), origin };
    if (file.kind === 'symlink') return { kind: 'symlink', ...facts, target: file.target };
    return { kind: 'directory', ...facts, claim: 'walked' };
  };

  const top = placeDirectory(content, { ...declared, source: posix.join(source, '.') });
  return treeOf([...top, ...selected.map(entryOf)]);
}

/** Files that were looked at, and perhaps read. */
export interface LookedFiles {
  /** The same for the same selected files, whatever their times: all that, with the declaration, decides the tree. */
  readonly identity: Digest;
  /** @throws TbuildError `input-limit`, `input-name` */
  readonly tree: () => FileTree;
}

/** Looks at the files of a content without `closure`. @throws TbuildError as `walkFiles` */
export async function lookAtFiles(content: FilesContent, context: InputContext): Promise<LookedFiles> {
  const place = placeOf(content, context);
  const table = await walkFiles({ ...place, selection: content.selection }, context);
  const { files } = context.host;
  return { identity: identityOfWalk(table), tree: lazy(() => treeOfWalk({ content, place, table, files })) };
}

/**
 * Files and directories of this machine, and with `closure` what they need of their root file system. A checkout with
 * other permission bits, owners or times gives the same tree: only whether the owner may execute a file shows.
 *
 * @throws TbuildError as `walkFiles` and `selectWithClosure`, and `input-changed`
 */
export async function readFiles(content: FilesContent, context: InputContext): Promise<FileTree> {
  if (hasClosure(content)) return readWithClosure(content, context);
  const { tree } = await lookAtFiles(content, context);
  return tree();
}

import { basename, posix, resolve } from 'node:path';
import type { FilesContent } from '../manifest/index.js';
import type { Digest } from '../oci/index.js';
import { type Entry, type FileTree, treeOf } from '../tree/index.js';
import { digestSelected } from './digest-selected.js';
import { selectWithClosure, type WantedFile } from './files-closure.js';
import { openHostFile } from './host-file.js';
import type { InputContext } from './input-context.js';
import { attributesOfFile, attributesOfOther, placeBelow, placeDirectory, placeSingle } from './placement.js';

const OWNER_EXECUTES = 0o100;

/**
 * Files and directories of this machine, and with `closure` what they need of their root file system. A checkout with
 * other permission bits, owners or times gives the same tree: only whether the owner may execute a file shows.
 *
 * @throws TbuildError as `selectWithClosure`, and `input-changed`
 */
export async function readFiles(content: FilesContent, context: InputContext): Promise<FileTree> {
  const { source, sourceAt: at } = content;
  const absolute = resolve(context.directory, source);
  const place = { absolute, shown: source, at };
  const selected = await selectWithClosure({ content, place }, context);
  const digests = await digestSelected(selected, context);
  const declared = { kind: 'files', label: `files ${source}`, at: content.at };

  const entryOf = (file: WantedFile): Entry => {
    const why = file.why === undefined ? {} : { why: file.why };
    const origin = { ...declared, source: posix.join(source, file.path), ...why };
    if (file.kind === 'file') {
      const digest: Digest = digests.get(file.path)!;
      return {
        kind: 'file',
        path: file.path === '' ? placeSingle(content, basename(absolute)) : placeBelow(content, file.path),
        ...attributesOfFile(content, (file.stat.mode & OWNER_EXECUTES) !== 0),
        size: file.stat.size,
        digest,
        open: () => openHostFile(file, digest, context.host.files),
        origin,
      };
    }
    const facts = { path: placeBelow(content, file.path), ...attributesOfOther(content, file.kind), origin };
    if (file.kind === 'symlink') return { kind: 'symlink', ...facts, target: file.target };
    return { kind: 'directory', ...facts, claim: 'walked' };
  };

  const isSingle = selected[0]?.path === '';
  const top = isSingle ? [] : placeDirectory(content, { ...declared, source: posix.join(source, '.') });
  return treeOf([...top, ...selected.map(entryOf)]);
}

import type { DirectoryContent, SymlinkContent, TextContent } from '../manifest/index.js';
import { digestOf } from '../oci/index.js';
import { type Entry, type FileTree, treeOf } from '../tree/index.js';

/** A file whose content stands in image.yaml. */
export function readText(content: TextContent): FileTree {
  const bytes = Buffer.from(content.text);
  const file: Entry = {
    kind: 'file',
    path: content.to.path,
    mode: content.mode,
    ...content.owner,
    size: bytes.length,
    digest: digestOf(bytes),
    open: () => (bytes.length === 0 ? [] : [bytes]),
    origin: { kind: 'text', label: `text at /${content.to.path}`, at: content.at },
  };
  return treeOf([file]);
}

/** An empty directory, or the owner and mode of one that has contents. */
export function readDirectory(content: DirectoryContent): FileTree {
  const { path } = content.to;
  const origin = { kind: 'directory', label: `directory /${path}`, at: content.at };
  return treeOf([{ kind: 'directory', path, mode: content.mode, ...content.owner, claim: 'declared', origin }]);
}

export function readSymlink(content: SymlinkContent): FileTree {
  const { path } = content.to;
  const origin = { kind: 'symlink', label: `symlink /${path}`, at: content.at };
  return treeOf([{ kind: 'symlink', path, mode: 0o777, ...content.owner, target: content.target, origin }]);
}

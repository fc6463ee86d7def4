export type { DirectoryEntry, Entry, FileEntry, Origin, SpecialEntry, SymlinkEntry, WhiteoutEntry } from './entry.js';
export { emptyTree, type FileTree, treeOf } from './file-tree.js';

export { ancestorsOf } from './ancestors.js';
export { assembleLayer, type Contribution } from './assemble.js';
export type { AssembledLayer } from './assembly.js';
export { diffTrees, type TreeDifference } from './diff.js';
export {
  type DirectoryClaim,
  type DirectoryEntry,
  type Entry,
  type Extent,
  type FileEntry,
  type Origin,
  type SpecialEntry,
  type SymlinkEntry,
  type WhiteoutEntry,
  whiteoutOf,
} from './entry.js';
export { differencesOf, digestOfTree } from './facts.js';
export { emptyTree, type FileTree, lazyTree, treeOf } from './file-tree.js';
export { decodeListing, encodeListing, type Opener } from './listing.js';
export { overlay, overlayView } from './overlay.js';
export { type Lookup, type PathResolution, type Resolution, resolveDirectory, resolvePath } from './resolve.js';
export { splitLayer } from './split-layer.js';

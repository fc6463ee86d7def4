export { type ClosureOptions, closureOf, type Needed } from './closure-of.js';
export { type Followed, followPath } from './follow-path.js';
export { type RootEntry, type RootFiles, rootFilesOf } from './root-files.js';

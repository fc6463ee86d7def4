export { type FileDigests, openFileDigests } from './file-digests.js';
export { readFiles } from './files.js';
export { type HostFile, type HostPlace, readHostFile } from './host-file.js';
export type { ContentContext, InputContext } from './input-context.js';
export { mayReplace } from './may-replace.js';
export { packageGroup } from './package-groups.js';
export { readContent } from './read-content.js';
export { type FileSelection, type SelectedFile, selectFiles } from './select-files.js';

export { compareImages } from './compare-images.js';
export { type OpenSide, withFindings } from './deep.js';
export { diffImages } from './diff-images.js';
export type {
  ComparedImage,
  Difference,
  ImageDocuments,
  Packages,
  PlatformDocuments,
  RebuiltImage,
} from './difference.js';
export { explainFile } from './inside/explain-file.js';
export type { ExplainFacts, FileContent } from './inside/file-content.js';
export { readPackages } from './read-packages.js';
export { type ReadMembers, withMembers } from './with-members.js';

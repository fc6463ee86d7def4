import type { ArtifactDeclaration } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';

/** What is known of a command that failed. */
export interface FailedCommand {
  readonly declaration: ArtifactDeclaration;
  /** What it got a copy of; paths from the top of the copy. */
  readonly inputs: FileTree;
  /** Where it began, from the top of the copy; empty for the top itself. */
  readonly workingDirectory: string;
  /** What that is called where image.yaml is. */
  readonly directory: string;
  /** The top of the copy as the command saw it: an absolute path, which logs may hold. */
  readonly source: string;
  /** True where a file or directory is on this machine; the path starts from the directory of image.yaml, and may climb. */
  exists(path: string): boolean;
}

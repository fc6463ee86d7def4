import type { Digest } from '../../oci/index.js';

/** A program of this machine that a command may run, with all that it needs. */
export interface ArtifactTool {
  readonly name: string;
  /** Where it is: absolute, links resolved. */
  readonly program: string;
  /** Of the program and of all that it needs, wherever on the machine they are. */
  readonly digest: Digest;
  /** What has to be seen for it to run, the program included: sorted by path, each path once. */
  readonly files: readonly SeenFile[];
}

/** Something of this machine that a command sees at its own place, read-only. */
export interface SeenFile {
  /** Never below a link: what leads there are directories. */
  readonly absolute: string;
  /** A directory is seen with all that is in it. */
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Where a link leads, as it is written. */
  readonly target?: string;
}

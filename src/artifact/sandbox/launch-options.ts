import type { ArtifactDeclaration } from '../../manifest/index.js';
import { environmentOf, type Workspace } from '../workspace.js';
import type { Differences } from './differences.js';
import type { Limits } from './limits.js';
import type { Bubblewrap } from './sandboxes.js';

/** One run of a command. */
export interface LaunchOptions {
  readonly declaration: ArtifactDeclaration;
  readonly workspace: Workspace;
  /** Undefined for the relaxed level. */
  readonly bubblewrap: Bubblewrap | undefined;
  readonly differences: Differences;
  readonly limits: Limits;
  readonly created: number;
}

/** All that the command finds in its environment. */
export function wholeEnvironment({ declaration, workspace, differences, created }: LaunchOptions) {
  return { ...environmentOf(workspace, created), ...differences.env, ...declaration.env };
}

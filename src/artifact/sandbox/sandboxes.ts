import type { ArtifactDeclaration, SandboxLevel } from '../../manifest/index.js';
import type { Variation } from '../variation.js';

/** How far a command is shut in, and why no further where that is not what was wanted. Has the shape of a plan's `SandboxState`. */
export interface SandboxState {
  readonly level: SandboxLevel;
  readonly reason?: string;
}

/** bubblewrap as this machine can use it. */
export interface Bubblewrap {
  /** Absolute. */
  readonly program: string;
  /** What shuts a command in, all but its network. */
  readonly isolation: readonly string[];
}

/** What this machine allows: looked up when it is first asked for, once for a build. */
export interface Sandboxes {
  /**
   * The level that the artifact gets.
   * @throws TbuildError `sandbox-unavailable` where image.yaml insists on strict and this machine cannot
   */
  stateFor(declaration: ArtifactDeclaration): Promise<SandboxState>;
  /** Undefined where this machine can vary it for commands of the level; else why not. */
  lacks(variation: Variation, level: SandboxLevel): Promise<string | undefined>;
  /** What the strict level is made with; undefined where it cannot be had. */
  bubblewrap(): Promise<Bubblewrap | undefined>;
}

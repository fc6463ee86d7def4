import type { WantedArtifact } from '../lock/index.js';
import type { ArtifactKey } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { SandboxState } from './sandbox/sandboxes.js';

/** An artifact before it is built. */
export interface PreparedArtifact {
  readonly name: string;
  /** `cached`: its output is at hand. `runs`: its command must run. `waits`: an artifact that it needs must be built first. */
  readonly status: 'cached' | 'runs' | 'waits';
  readonly sandbox: SandboxState;
  /** Null while it waits. */
  readonly key: ArtifactKey | null;
  /** What the key is made of, by name (see `ArtifactFacts` of a plan); null while it waits. */
  readonly facts: Readonly<Record<string, string>> | null;
  /** What the lock is asked for, of one that reaches the network; undefined while it waits. */
  readonly wanted: WantedArtifact | undefined;
  /** Paths relative to `$OUT`, owner 0:0; undefined unless cached. */
  readonly output: FileTree | undefined;
}

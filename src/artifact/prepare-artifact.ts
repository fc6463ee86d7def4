import type { ArtifactDeclaration } from '../manifest/index.js';
import type { ArtifactKey, Platform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { ArtifactContext } from './artifact-context.js';
import { findRecorded } from './artifact-record.js';
import { gather, identify } from './gather.js';

/** An artifact before it is built. */
export interface PreparedArtifact {
  readonly name: string;
  /** `cached`: its output is at hand. `runs`: its command must run. `waits`: an artifact that it needs must be built first. */
  readonly status: 'cached' | 'runs' | 'waits';
  /** Null while it waits. */
  readonly key: ArtifactKey | null;
  /** What the key is made of, by name (see `ArtifactFacts` of a plan); null while it waits. */
  readonly facts: Readonly<Record<string, string>> | null;
  /** Paths relative to `$OUT`, owner 0:0; undefined unless cached. */
  readonly output: FileTree | undefined;
}

/**
 * Finds out what an artifact depends on, and whether its output is in the cache. `outputs` are those of the artifacts
 * that are known, by name. Runs nothing.
 *
 * @throws TbuildError `artifact-tool`, `input-…`, `manifest-wrong-value`
 */
export async function prepareArtifact(
  declaration: ArtifactDeclaration,
  platform: Platform,
  context: ArtifactContext,
  outputs: ReadonlyMap<string, FileTree>,
): Promise<PreparedArtifact> {
  const request = { declaration, platform, outputs };
  const { name } = declaration;
  const gathered = await gather(request, context);
  const { needs } = gathered;
  if (needs === undefined) return { name, status: 'waits', key: null, facts: null, output: undefined };
  const { facts, key } = identify(request, { ...gathered, needs }, context.created);
  const output = findRecorded(key, context.store);
  return { name, status: output === undefined ? 'runs' : 'cached', key, facts, output };
}

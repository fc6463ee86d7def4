import { type ArtifactContext, type PreparedArtifact, prepareArtifact, runArtifact } from '../artifact/index.js';
import type { PlatformManifest } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';

/** The artifacts of one platform: what the plan says of them, and the outputs that are known. */
export interface BuiltArtifacts {
  readonly prepared: readonly PreparedArtifact[];
  readonly outputs: ReadonlyMap<string, FileTree>;
}

function artifactContext({ host, file, store, digests, created, steps }: BuildContext): ArtifactContext {
  const onOutput = (artifact: string, chunk: Uint8Array): void =>
    steps.report({ kind: 'artifact-output', artifact, chunk });
  return { host, directory: file.directory, store, digests, created, onOutput };
}

/**
 * Finds the artifacts in the cache and, with `run`, runs those that are not there. Without it their outputs stay
 * unknown, and so do those of artifacts that need them.
 */
export async function buildArtifacts(
  manifest: PlatformManifest,
  context: BuildContext & { readonly run: boolean },
): Promise<BuiltArtifacts> {
  const artifacts = artifactContext(context);
  const outputs = new Map<string, FileTree>();
  const prepared: PreparedArtifact[] = [];
  for (const declaration of manifest.artifacts) {
    const artifact = await prepareArtifact(declaration, manifest.platform, artifacts, outputs);
    prepared.push(artifact);
    if (artifact.output !== undefined) outputs.set(artifact.name, artifact.output);
    else if (context.run) {
      const run = () => runArtifact(artifact, declaration, manifest.platform, artifacts, outputs);
      outputs.set(artifact.name, await context.steps.run(`artifact ${artifact.name}`, run));
    }
  }
  return { prepared, outputs };
}

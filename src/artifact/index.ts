export type { ArtifactContext } from './artifact-context.js';
export { type PreparedArtifact, prepareArtifact } from './prepare-artifact.js';
export { runArtifact } from './run-artifact.js';

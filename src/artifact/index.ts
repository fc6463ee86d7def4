export type { ArtifactContext } from './artifact-context.js';
export { factsBeforeNeeds } from './facts-before-needs.js';
export { keepOutput } from './fixed-output.js';
export { prepareArtifact } from './prepare-artifact.js';
export type { PreparedArtifact } from './prepared-artifact.js';
export { runArtifact } from './run-artifact.js';
export { openSandboxes } from './sandbox/open-sandboxes.js';
export type { Sandboxes, SandboxState } from './sandbox/sandboxes.js';
export type { Circumstance, Variation } from './variation.js';

export { artifactChanges, NOT_REPRODUCIBLE, renderInputChanges } from './artifact-changes.js';
export { baseMove } from './base-move.js';
export { configChanges, type Settings } from './config-changes.js';
export { type CauseFacts, causeOfBytes } from './entry-causes.js';
export { declaredPlaces, entryChanges } from './entry-changes.js';
export { aspectOf } from './entry-side.js';
export { formerName, type LayerOrder, layerOrder } from './layer-order.js';
export { type LayerSummary, summaryOf } from './layer-summary.js';
export { manifestFact, plainOf } from './manifest-fact.js';
export { parseRecord } from './parse-record.js';
export { parseSavedPlan, renderSavedPlan, SAVED_PLAN_LIMIT_BYTES } from './parse-saved-plan.js';
export type {
  ArtifactPlan,
  BasePlan,
  Cause,
  ChangeKind,
  ConfigChange,
  EntryChange,
  EntrySide,
  Finding,
  InputChange,
  LayerPlan,
  LikelyCause,
  Plan,
  PlatformPlan,
  Reason,
  RemovedBase,
  RemovedPlatform,
  SandboxState,
} from './plan.js';
export {
  type ArtifactState,
  artifactsToRun,
  type LayerState,
  type PlanFacts,
  type PlatformState,
  planOf,
} from './plan-image.js';
export { planSchema } from './plan-schema.js';
export { planSetSchema } from './plan-set-schema.js';
export { type PublishedRecord, RECORD_LIMIT_BYTES, RECORD_TYPE, type RecordSource } from './published-record.js';
export type { ArtifactFacts, ArtifactRecord, ImageRecord, LayerRecord, PlatformRecord } from './record.js';
export { recordSchema } from './record-schema.js';
export { refuseStale } from './refuse-stale.js';
export { renderRecord } from './render-record.js';
export { artifactFacts, lockFact, movedInputs, platformFacts, sourceFacts } from './saved-facts.js';
export type { MovedInput, SavedImage, SavedInputs, SavedPlan } from './saved-plan.js';
export { savedPlanSchema } from './saved-plan-schema.js';
export { type SecretPlace, secretInSource } from './secret-in-source.js';
export { showMove } from './shown-values.js';

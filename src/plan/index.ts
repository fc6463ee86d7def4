export { artifactChanges, renderInputChanges } from './artifact-changes.js';
export { configChanges, type Settings } from './config-changes.js';
export { type CauseFacts, declaredPlaces, entryChanges } from './entry-changes.js';
export { type LayerOrder, layerOrder } from './layer-order.js';
export type {
  ArtifactPlan,
  BasePlan,
  Cause,
  ChangeKind,
  ConfigChange,
  EntryChange,
  EntrySide,
  InputChange,
  LayerPlan,
  Plan,
  PlatformPlan,
  Reason,
  RemovedBase,
  RemovedPlatform,
} from './plan.js';
export { type ArtifactState, type LayerState, type PlanFacts, type PlatformState, planOf } from './plan-image.js';
export { planSchema } from './plan-schema.js';
export type { ArtifactFacts, ArtifactRecord, ImageRecord, LayerRecord, PlatformRecord } from './record.js';

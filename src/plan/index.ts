export { artifactChanges, renderInputChanges } from './artifact-changes.js';
export { configChanges, type Settings } from './config-changes.js';
export { type CauseFacts, entryChanges } from './entry-changes.js';
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
} from './plan.js';
export { type ArtifactState, type LayerState, type PlanFacts, type PlatformState, planOf } from './plan-image.js';
export type { ArtifactFacts, ArtifactRecord, ImageRecord, LayerRecord, PlatformRecord } from './record.js';

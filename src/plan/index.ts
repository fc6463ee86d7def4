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

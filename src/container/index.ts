export type {
  Container,
  ContainerContext,
  ContainerImage,
  ContainerProcess,
  ContainerRuntime,
  Containers,
  RuntimeName,
} from './container.js';
export { findRuntime, runtimeMissing } from './find-runtime.js';
export { openContainers } from './open-containers.js';

export type {
  Container,
  ContainerContext,
  ContainerImage,
  ContainerProcess,
  ContainerRuntime,
  Containers,
  RuntimeName,
} from './container.js';
export { findRuntimes, runtimeMissing } from './find-runtime.js';
export { openContainers } from './open-containers.js';

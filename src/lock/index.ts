export type {
  ArtifactPin,
  FilePin,
  ImageLock,
  ImagePin,
  PackagePin,
  PackagesPin,
  PinChange,
  PlatformLock,
  TreeFact,
  TreeFacts,
} from './image-lock.js';
export { type DocumentRules, JsonCursor } from './json-cursor.js';
export { lockPathOf } from './lock-path.js';
export { lockSchema } from './lock-schema.js';
export { openPins } from './open-pins.js';
export { LOCK_LIMIT_BYTES, parseLock } from './parse-lock.js';
export type {
  HeldPackages,
  PinOptions,
  Pins,
  PlatformPins,
  WantedArtifact,
  WantedImage,
  WantedPackages,
} from './pins.js';
export { renderLock } from './render-lock.js';

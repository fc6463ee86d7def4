export type {
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
export { lockPathOf } from './lock-path.js';
export { lockSchema } from './lock-schema.js';
export { openPins } from './open-pins.js';
export { LOCK_LIMIT_BYTES, parseLock } from './parse-lock.js';
export type {
  HeldPackages,
  PinOptions,
  Pins,
  PlatformPins,
  WantedImage,
  WantedPackages,
} from './pins.js';
export { renderLock } from './render-lock.js';

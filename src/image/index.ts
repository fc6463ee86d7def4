export {
  type BaseImage,
  type ComposedImage,
  composeImage,
  composeIndex,
  type Document,
  type ImageParts,
  isImageManifest,
  type NewLayer,
} from './compose.js';
export { type ConfigEdits, editRuntimeConfig } from './runtime-config.js';

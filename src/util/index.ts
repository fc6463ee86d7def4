export { type Bytes, bytesOf, type Chunks, collect, decodeUtf8, escapeBytes, isSyncChunks } from './bytes.js';
export { compareUtf8 } from './compare-utf8.js';
export { closestOf, didYouMean } from './did-you-mean.js';
export { hideUserInformation } from './hide-user-information.js';
export { inParallel } from './in-parallel.js';
export { lazy } from './lazy.js';
export { openSlots } from './slots.js';

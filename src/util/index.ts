export { type Bytes, bytesOf, collect, decodeUtf8, escapeBytes } from './bytes.js';
export { compareUtf8 } from './compare-utf8.js';
export { lazy } from './lazy.js';

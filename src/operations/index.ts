export type { Difference } from '../compare/index.js';
export * from './events.js';
export { type DocumentKind, jsonSchema } from './json-schema.js';
export * from './requests.js';
export * from './transfer-requests.js';
export * from './verbs.js';

export type { Difference } from '../compare/index.js';
export * from './events.js';
export * from './requests.js';

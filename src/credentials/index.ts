export type * from './credentials.js';

export { passwordProblem } from './auth-entry.js';
export type * from './credentials.js';
export { eraseCredentials } from './erase-credentials.js';
export { openKeychain } from './keychain.js';
export { type Netrc, openNetrc } from './netrc.js';
export { targetOf } from './registry-key.js';
export { storeCredentials } from './store-credentials.js';

export { checkFollowUp, sameOrigin } from './follow-up.js';
export { isLocalAddress, isLoopback } from './local-address.js';
export type * from './network.js';
export { openNetwork } from './open-network.js';
export { checkPrivate } from './private.js';
export { redactUrl } from './redact.js';

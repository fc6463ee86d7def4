export { type AssertedImage, checkAssertions, visitPaths } from './check-assertions.js';
export { type CommandOutcome, checkCommand } from './check-command.js';
export { type Asserted, type CheckedAssertion, outcomeOf, skipped } from './outcome.js';

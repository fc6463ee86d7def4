export { CODES, type CodeFacts, type ErrorCode, ExitStatus } from './codes.js';
export type { SourceSpan } from './source-span.js';
export { SourceText, type TextRange } from './source-text.js';
export {
  type ErrorDetails,
  fail,
  type RelatedPlace,
  TbuildError,
  type TbuildErrorFacts,
} from './tbuild-error.js';

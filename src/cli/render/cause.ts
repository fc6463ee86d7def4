import type { SourceSpan } from '../../errors/index.js';
import type { Cause } from '../../plan/index.js';
import { dim, Text, text } from './text.js';

/** `image.yaml:12`. */
export function renderPlace(at: SourceSpan): Text {
  return dim(`${at.file}:${at.line}`);
}

/** `cmd/main.go changed  image.yaml:12`. */
export function renderCause(cause: Cause): Text {
  return cause.at === undefined ? Text.of(cause.text) : text`${cause.text}  ${renderPlace(cause.at)}`;
}

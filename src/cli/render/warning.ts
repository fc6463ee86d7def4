import type { SourceSpan } from '../../errors/index.js';
import { renderPlace } from './cause.js';
import { bold, type Text, text, yellow } from './text.js';

export interface Warning {
  readonly message: string;
  readonly at?: SourceSpan;
}

export function renderWarning({ message, at }: Warning): Text {
  const title = text`${bold(yellow('warning'))}: ${message}`;
  return at === undefined ? title : text`${title}  ${renderPlace(at)}`;
}

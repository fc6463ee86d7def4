import type { SourceSpan } from '../../errors/index.js';
import { renderPlace } from './cause.js';
import { renderFrameIn } from './code-frame.js';
import { bold, type Text, text, yellow } from './text.js';

export interface Warning {
  readonly message: string;
  readonly at?: SourceSpan;
}

export function renderWarning({ message, at }: Warning): Text {
  const title = text`${bold(yellow('warning'))}: ${message}`;
  return at === undefined ? title : text`${title}  ${renderPlace(at)}`;
}

/** As errors are shown, with the line of the file; for a terminal of so many columns. */
export function renderFramedWarning({ message, at }: Warning, columns: number): Text[] {
  const title = text`${bold(yellow('warning'))}${bold(`: ${message}`)}`;
  return at === undefined ? [title] : [title, ...renderFrameIn(at, columns)];
}

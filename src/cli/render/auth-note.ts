import { dim, type Text, text } from './text.js';

/** A line of `--debug-auth`. */
export function renderAuthNote(message: string): Text {
  return text`${dim('auth:')} ${message}`;
}

import type { DeleteResult } from '../../operations/index.js';
import { bold, type Text, text } from './text.js';

/** What was deleted, for people. */
export function renderDelete({ reference, digest, deleted }: DeleteResult): Text[] {
  const what = deleted === 'tag' ? 'the tag' : 'the image';
  return [text`${bold('deleted')} ${what} ${reference}  ${digest}`];
}

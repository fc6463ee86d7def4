import type { DeleteResult } from '../../operations/index.js';
import { counted } from './numbers.js';
import { bold, type Text, text } from './text.js';

/** What was deleted, for people. */
export function renderDelete({ reference, digest, deleted, tags }: DeleteResult): Text[] {
  const what = deleted === 'tag' ? 'the tag' : 'the image';
  const others = tags.filter((tag) => !reference.endsWith(`:${tag}`));
  const more = others.length === 0 ? '' : ` (and ${counted(others.length, 'tag')}: ${others.join(', ')})`;
  return [text`${bold('deleted')} ${what} ${reference}${more}  ${digest}`];
}

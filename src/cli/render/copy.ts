import type { CopyResult } from '../../operations/index.js';
import { renderTable } from './table.js';
import { bold, dim, Text, text } from './text.js';
import { renderMoved } from './transfer.js';

/** What a copy did, for people. */
export function renderCopy(result: CopyResult): Text[] {
  const { from, to, digest, tags } = result;
  return renderTable([
    [bold('image'), Text.of(digest)],
    [bold('from'), Text.of(from)],
    [bold('to'), text`${to}  ${dim(renderMoved(result, to.startsWith('docker://')))}`],
    ...(tags.length === 0 ? [] : [[bold('tags'), Text.of(tags.join(', '))]]),
  ]);
}

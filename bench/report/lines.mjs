import { judge } from '../statistics.mjs';
import { ratioText, spread } from './format.mjs';

/** One line for each row, for a log: the id, the ratio and what is allowed, then the figures. */
export function resultLines(rows) {
  const width = Math.max(...rows.map(({ id }) => id.length));
  return rows.map((row) => {
    const head = row.id.padEnd(width);
    if (row.missing !== undefined) return `${head}  not measured: ${row.missing}`;
    if (row.failed !== undefined) return `${head}  failed: ${row.failed.split('\n')[0]}`;
    const { mine, theirs, ratio, met } = judge(row);
    const allowed = met === undefined ? '' : `of ${row.limit} ${met ? 'met' : 'missed'}`;
    const figures = `tbuild ${spread(mine, row.unit)}, ${row.peer.name} ${spread(theirs, row.unit)}`;
    return `${head}  ${ratioText(ratio, row.limit, met).padStart(6)} ${allowed.padEnd(15)}  ${figures}`;
  });
}

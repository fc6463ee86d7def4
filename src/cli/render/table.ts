import { Text } from './text.js';

const GAP = 2;

/**
 * Rows with their cells aligned. The last cell of a row is free: it takes the room it needs and widens no column. A cell
 * wider than `maxColumns` widens none either.
 */
export function renderTable(rows: readonly (readonly Text[])[], maxColumns = 60): Text[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.slice(0, -1).entries()) {
      if (cell.width <= maxColumns) widths[i] = Math.max(widths[i] ?? 0, cell.width);
    }
  }
  return rows.map((row) =>
    Text.of(
      ...row.map((cell, i) => {
        const isLast = i === row.length - 1;
        return isLast ? cell : Text.of(cell.padEnd(widths[i] ?? 0), ' '.repeat(GAP));
      }),
    ),
  );
}

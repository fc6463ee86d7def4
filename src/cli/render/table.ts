import { joinText, Text, text } from './text.js';

const GAP = 2;

const INDENT = '  ';

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

/** The first cell and, indented below it, the others: in one line where they fit, else one by one. */
function stacked(row: readonly Text[], columns: number): Text[] {
  const [first, ...others] = row.filter((cell) => cell.width > 0);
  if (first === undefined) return [];
  const below = text`${INDENT}${joinText(others, INDENT)}`;
  return [first, ...(below.width <= columns ? [below] : others.map((cell) => text`${INDENT}${cell}`))];
}

/** As `renderTable`, but a row that is wider than `columns` is stacked, and widens no column. The lines of each row. */
export function renderRowsApart(rows: readonly (readonly Text[])[], columns: number): Text[][] {
  const fits = (row: readonly Text[]): boolean => joinText(row, INDENT).width <= columns;
  const table = renderTable(rows.filter(fits));
  return rows.map((row) => {
    const line = fits(row) ? table.shift()! : undefined;
    return line !== undefined && line.width <= columns ? [line] : stacked(row, columns);
  });
}

/** As `renderRowsApart`, all lines one after the other. */
export function renderRows(rows: readonly (readonly Text[])[], columns: number): Text[] {
  return renderRowsApart(rows, columns).flat();
}

/**
 * The results of a run of some rows, and of an earlier one those rows that were not measured again: each still against its peers in one run.
 * Machine, versions and day are those of the later run.
 */
export function mergeResults(earlier, later) {
  if (earlier === undefined) return later;
  const rows = new Map(earlier.rows.map((row) => [row.id, row]));
  for (const row of later.rows) rows.set(row.id, row);
  const corpora = new Map([...earlier.corpora, ...later.corpora].map((facts) => [facts.title, facts]));
  const versions = { ...earlier.versions, ...later.versions };
  return { ...later, versions, corpora: [...corpora.values()], rows: [...rows.values()] };
}

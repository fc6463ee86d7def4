/**
 * The table of what is to be reached: one row for each claim.
 *
 * id          what --only takes, WORK/CORPUS/PEER
 * measure     "time": contenders of an experiment by turns; "observe": one build that is watched; "tenfold": that of a
 *             corpus against that of ten times the work
 * ours, peer  names of contenders, or what is observed
 * limit       the ratio of ours to the peer's that is allowed; none where the row is there to be known
 */
const time = (experiment, corpus, ours, peer, limit) => ({ measure: 'time', experiment, corpus, ours, peer, limit });

/** No process of tbuild may have more resident at any time, in bytes. */
export const MEMORY_LIMIT = 250_000_000;

function coldBuild(corpus, limited) {
  const row = (peer, limit) => ({
    id: `cold-gzip/${corpus}/${peer}`,
    work: 'cold build, gzip',
    ...time('gzip', corpus, 'tbuild', peer, limited ? limit : undefined),
  });
  return [row('umoci', 0.8), row('buildah', 0.3), row('pigz', 1)];
}

const craneRow = (corpus) => ({
  id: `cold-gzip/${corpus}/crane`,
  work: 'cold build, gzip',
  ...time('gzip', corpus, 'tbuild', 'crane', undefined),
});

const sizeRow = (corpus) => ({
  id: `size/${corpus}/gzip`,
  work: 'size of the layer',
  ...{ measure: 'observe', corpus, ours: 'size', peer: 'gzip -6', limit: 1.03, unit: 'bytes' },
});

const memoryRow = (corpus) => ({
  id: `memory/${corpus}`,
  work: 'peak memory, cold build',
  ...{ measure: 'observe', corpus, ours: 'memory', peer: 'limit', limit: 1, unit: 'bytes' },
});

const zstdRow = (corpus) => ({
  id: `cold-zstd/${corpus}/zstd`,
  work: 'cold build, zstd',
  ...time('zstd', corpus, 'tbuild', 'zstd', 1.3),
});

const editRows = (corpus) => [
  { id: `changed/${corpus}/umoci`, work: 'one file changed', ...time('gzip', corpus, 'changed', 'umoci', 0.2) },
  { id: `inserted/${corpus}/umoci`, work: 'one file added', ...time('gzip', corpus, 'inserted', 'umoci', undefined) },
];

const planRow = (corpus) => ({
  id: `unchanged/${corpus}/git`,
  work: 'plan, nothing changed',
  ...time('unchanged', corpus, 'tbuild', 'git', 1.5),
});

const START_ROWS = [
  { id: 'start/version/node', work: 'tbuild --version', ...time('start', undefined, 'version', 'node', 1.5) },
  { id: 'start/plan/node', work: 'plan of examples/hello', ...time('start', undefined, 'plan', 'node', 3) },
];

const TRANSFER_ROWS = [
  { id: 'push/B/skopeo', work: 'push, nothing new', ...time('transfers', 'B', 'push', 'skopeo-push', 0.5) },
  {
    id: 'copy/B/skopeo',
    work: 'copy to a registry, nothing new',
    ...time('transfers', 'B', 'copy', 'skopeo-push', 0.5),
  },
  { id: 'pull/B/skopeo', work: 'pull', ...time('transfers', 'B', 'pull', 'skopeo-pull', 1) },
];

const tenfoldRows = (corpus) => [
  {
    id: `tenfold/${corpus}/time`,
    work: 'cold build of 10 × the work',
    ...{ measure: 'tenfold', corpus, ours: 'time', peer: 'time of 1 ×', limit: 11 },
  },
  {
    id: `tenfold/${corpus}/memory`,
    work: 'peak memory, 10 × the work',
    ...{ measure: 'tenfold', corpus, ours: 'memory', peer: 'limit', limit: 1, unit: 'bytes' },
  },
];

/** @param options `crane` and `tenfold` where these rows are wanted */
export function fullTable({ crane, tenfold }) {
  return [
    ...['S', 'B', 'N'].flatMap((corpus) => [
      ...coldBuild(corpus, true),
      ...(crane ? [craneRow(corpus)] : []),
      sizeRow(corpus),
    ]),
    ...coldBuild('Z', false),
    ...['S', 'B'].map(zstdRow),
    ...['S', 'B'].flatMap(editRows),
    ...['S', 'N'].map(planRow),
    ...START_ROWS,
    {
      id: 'packages/D/mmdebstrap',
      work: 'packages from cached .debs',
      ...time('packages', 'D', 'tbuild', 'mmdebstrap', 0.5),
    },
    ...TRANSFER_ROWS,
    ...['S', 'B', 'N', 'Z', 'D'].map(memoryRow),
    ...(tenfold ? ['S', 'B'].flatMap(tenfoldRows) : []),
  ];
}

/** What takes less than a minute: no buildah, no large corpus. */
export function smokeTable() {
  const corpora = ['S-tenth', 'B-tenth'];
  return [
    ...corpora.flatMap((corpus) => coldBuild(corpus, true).filter(({ peer }) => peer !== 'buildah')),
    ...corpora.map((corpus) => editRows(corpus)[0]),
    planRow('S-tenth'),
    ...START_ROWS,
  ];
}

/** Rows that --only names, each by its id or by the beginning of it: cold-gzip, cold-gzip/S. @throws where one names no row */
export function chosenRows(rows, only) {
  if (only.length === 0) return rows;
  const matches = (name) => (row) => row.id === name || row.id.startsWith(`${name}/`);
  const idle = only.find((name) => !rows.some(matches(name)));
  if (idle !== undefined) throw new Error(`no row is called ${idle}; there are ${rows.map(({ id }) => id).join(' ')}`);
  return rows.filter((row) => only.some((name) => matches(name)(row)));
}

/** The corpora that a row is measured on. */
export function corporaOf({ corpus, measure }) {
  if (corpus === undefined) return [];
  return measure === 'tenfold' ? [corpus, `${corpus}-tenfold`] : [corpus];
}

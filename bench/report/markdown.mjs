import { judge } from '../statistics.mjs';
import { corpusTitle, count, megabytes, peerTitle, ratioText, spread } from './format.mjs';

const line = (cells) => `| ${cells.join(' | ')} |`;

function table(titles, rows) {
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

const verdict = (met) => (met === undefined ? '' : met ? 'met' : '**missed**');

/** Why a row has no figures. */
function reason(row) {
  const [first = ''] = (row.missing ?? row.failed).split('\n');
  return row.missing === undefined ? `failed: ${first.replaceAll('|', '\\|')}` : first;
}

function resultCells(row) {
  const limit = row.limit === undefined ? '–' : String(row.limit);
  const head = [row.work, corpusTitle(row.corpus)];
  if (row.missing !== undefined || row.failed !== undefined) {
    return [...head, '–', peerTitle(row), '–', '–', limit, reason(row)];
  }
  const { mine, theirs, ratio, met } = judge(row);
  return [
    ...head,
    spread(mine, row.unit),
    peerTitle(row),
    spread(theirs, row.unit),
    ratioText(ratio, row.limit, met),
    limit,
    verdict(met),
  ];
}

/** The table of results: medians, and in brackets the least and the most. */
function resultsTable(rows) {
  const titles = ['work', 'corpus', 'tbuild', 'compared with', 'its figure', 'ratio', 'at most', ''];
  return table(titles, rows.map(resultCells));
}

function corporaTable(corpora) {
  return table(
    ['corpus', 'what', 'files', 'directories', 'bytes', 'as tar'],
    corpora.map(({ title, about, files, directories, bytes, tarBytes }) => [
      title,
      about,
      count(files),
      count(directories),
      megabytes(bytes),
      megabytes(tarBytes),
    ]),
  );
}

function countsOf(rows) {
  const judged = rows.filter(({ limit, ours }) => limit !== undefined && ours.values !== undefined);
  const met = judged.filter((row) => judge(row).met).length;
  const none = rows.filter(({ missing, failed }) => missing !== undefined || failed !== undefined).length;
  const others = none === 0 ? '' : ` ${none} could not be measured.`;
  return `Of ${judged.length} limits ${met} are met and ${judged.length - met} are missed.${others}`;
}

const METHOD = `Every row compares two programs in one run: they take turns, another one begins each round, and what counts is the median. In
brackets are the least and the most. Each run gets directories of its own, empty at first. Neither making nor removing them is timed,
nor is writing back to the disk, for which every run waits before it begins. The page cache is warm for all: every
corpus was read once before. A ratio below the limit is met. Rows without a limit are there to be known. Peak memory is the most that the
process had resident at any time, as the kernel counts it, in one further run of the cold build.`;

/**
 * RESULTS.md.
 * @param results what results.json holds @param notes what people say about it, from notes.md
 */
export function resultsDocument({ day, runs, machine, versions, corpora, rows }, notes) {
  const pairs = (record) => table(['', ''], Object.entries(record));
  return `# Results

Written by \`npm run bench\` on ${day}, ${runs} runs of each. ${countsOf(rows)}

![Each ratio as a share of what is allowed](results.svg)

${resultsTable(rows)}

${METHOD}

${notes.trim()}

## Corpora

${corporaTable(corpora)}

Of D, the packages are counted: the files of the table are .deb files, and the index of them.

## Machine

${pairs(machine)}

## Versions

${pairs(versions)}
`;
}

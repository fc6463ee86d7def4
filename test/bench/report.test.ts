import { describe, expect, it } from 'vitest';
import { ratioText } from '../../bench/report/format.mjs';
import { resultLines } from '../../bench/report/lines.mjs';
import { resultsDocument } from '../../bench/report/markdown.mjs';
import { plot } from '../../bench/report/plot.mjs';

const timed = { measure: 'time', work: 'cold build, gzip', corpus: 'S' };
const rows = [
  {
    ...timed,
    id: 'cold-gzip/S/umoci',
    ours: { name: 'tbuild', values: [4_100, 4_000, 4_300] },
    peer: { name: 'umoci', values: [8_000, 8_200, 7_900] },
    limit: 0.8,
  },
  {
    ...timed,
    id: 'cold-gzip/S/pigz',
    ours: { name: 'tbuild', values: [4_100, 4_000, 4_300] },
    peer: { name: 'pigz', values: [1_000] },
    limit: 1,
  },
  {
    ...timed,
    id: 'cold-gzip/S/buildah',
    ours: 'tbuild',
    peer: 'buildah',
    limit: 0.3,
    missing: 'buildah is not installed',
  },
  { ...timed, id: 'cold-gzip/S/crane', ours: 'tbuild', peer: 'crane', failed: 'crane ended with 1: no | space\nleft' },
  {
    measure: 'observe',
    id: 'memory/S',
    work: 'peak memory, cold build',
    corpus: 'S',
    ours: { name: 'memory', values: [125_000_000] },
    peer: { name: 'limit', values: [250_000_000] },
    limit: 1,
    unit: 'bytes',
  },
  {
    ...timed,
    id: 'inserted/S/umoci',
    work: 'one file added',
    ours: { name: 'inserted', values: [100, 140] },
    peer: { name: 'umoci', values: [8_000] },
  },
];
const measured = {
  day: '2026-01-02',
  runs: 3,
  machine: { processor: 'A processor, 2 processors' },
  versions: { tbuild: '0.1.0, commit 0123456789ab', umoci: 'umoci version 0.4.7' },
  corpora: [
    {
      title: 'S',
      about: 'small files of text',
      files: 50_000,
      directories: 7_999,
      bytes: 226_806_340,
      tarBytes: 1_000_017_920,
    },
  ],
  rows,
};

describe('the report of the benchmark', () => {
  const report: string = resultsDocument(measured, '\n## What bounds the rows\n\nThe words of people.\n\n');

  it.each([
    [
      'medians, spread, ratio and verdict',
      '| cold build, gzip | S | 4.10 s (4.00 s – 4.30 s) | `umoci insert` | 8.00 s (7.90 s – 8.20 s) | 0.51 | 0.8 | met |',
    ],
    [
      'a miss, and of a single run no spread',
      '| cold build, gzip | S | 4.10 s (4.00 s – 4.30 s) | `tar \\| pigz -6 \\| sha256sum` | 1.00 s | 4.10 | 1 | **missed** |',
    ],
    ['a missing peer', '| cold build, gzip | S | – | `buildah commit` | – | – | 0.3 | buildah is not installed |'],
    [
      'a peer that failed, in one line',
      '| cold build, gzip | S | – | `crane append` | – | – | – | failed: crane ended with 1: no \\| space |',
    ],
    ['memory against its limit', '| peak memory, cold build | S | 125 MB | limit | 250 MB | 0.50 | 1 | met |'],
    [
      'a row that is there to be known',
      '| one file added | S | 120 ms (100 ms – 140 ms) | `umoci insert` | 8.00 s | 0.01 | – |  |',
    ],
    ['how many limits are met', 'Of 3 limits 2 are met and 1 are missed. 2 could not be measured.'],
    ['what the corpora are', '| S | small files of text | 50,000 | 7,999 | 227 MB | 1,000 MB |'],
    ['the machine', '| processor | A processor, 2 processors |'],
    ['the versions', '| umoci | umoci version 0.4.7 |'],
    ['when, and how often', 'Written by `npm run bench` on 2026-01-02, 3 runs of each.'],
  ])('says %s', (_, line) => {
    expect(report.split('\n').some((text) => text === line || text.includes(line))).toBe(true);
  });

  it('holds what people wrote between the results and the facts', () => {
    const parts = ['| work |', 'The words of people.', '## Corpora', '## Machine', '## Versions'];
    const places = parts.map((part) => report.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('is for a log one line for each row', () => {
    expect(resultLines(rows)).toEqual([
      'cold-gzip/S/umoci      0.51 of 0.8 met       tbuild 4.10 s (4.00 s – 4.30 s), umoci 8.00 s (7.90 s – 8.20 s)',
      'cold-gzip/S/pigz       4.10 of 1 missed      tbuild 4.10 s (4.00 s – 4.30 s), pigz 1.00 s',
      'cold-gzip/S/buildah  not measured: buildah is not installed',
      'cold-gzip/S/crane    failed: crane ended with 1: no | space',
      'memory/S               0.50 of 1 met         tbuild 125 MB, limit 250 MB',
      'inserted/S/umoci       0.01                  tbuild 120 ms (100 ms – 140 ms), umoci 8.00 s',
    ]);
  });

  it.each([
    [0.8001, 0.8, false, '0.8001'],
    [0.7999, 0.8, true, '0.80'],
    [0.804, 0.8, false, '0.804'],
    [0.25, 0.3, true, '0.25'],
    [1.2345, undefined, undefined, '1.23'],
  ])('does not round %d to the other side of its limit', (ratio, limit, met, text) => {
    expect(ratioText(ratio, limit, met)).toBe(text);
  });
});

describe('the plot of the benchmark', () => {
  const drawing: string = plot(rows);
  const bars = [...drawing.matchAll(/<rect x="330" y="[\d.]+" width="([\d.]+)" height="14" class="(\w+)"/g)];

  it('has a bar for each row with figures and a limit, as long as its share of the limit', () => {
    // The limit is at 220: half of it, all that is drawn for what exceeds twice the limit, and memory.
    expect(bars.map(([, width, kind]) => [Number(width), kind])).toEqual([
      [140.9, 'met'],
      [440, 'missed'],
      [110, 'met'],
    ]);
  });

  it('ends a bar that does not fit in an arrow', () => {
    expect(drawing.match(/<path /g)).toHaveLength(1);
  });

  it('has colours for dark paper, and says in words what colours say', () => {
    expect(drawing).toContain('@media (prefers-color-scheme:dark)');
    expect(drawing).toContain('✓ 0.51 of 0.8');
    expect(drawing).toContain('✗ 4.10 of 1');
  });
});

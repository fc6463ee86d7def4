import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/options.mjs';
import { chosenRows, corporaOf, fullTable, smokeTable } from '../../bench/rows.mjs';

interface Row {
  readonly id: string;
  readonly limit?: number;
}

const everything: Row[] = fullTable({ crane: true, tenfold: true });
const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);
const limitsOf = (prefix: string): unknown[] => chosenRows(everything, [prefix]).map(({ limit }: Row) => limit);

describe('the table of the benchmark', () => {
  it('has every row once', () => {
    expect(new Set(ids(everything)).size).toBe(everything.length);
    expect(everything.length).toBeGreaterThan(30);
  });

  it.each([
    ['cold-gzip/S', [0.8, 0.3, 1, undefined]],
    ['cold-gzip/N', [0.8, 0.3, 1, undefined]],
    ['size', [1.03, 1.03, 1.03]],
    ['cold-zstd', [1.3, 1.3]],
    ['changed', [0.2, 0.2]],
    ['unchanged', [1.5, 1.5]],
    ['start', [1.5, 3]],
    ['packages', [0.5]],
    ['push', [0.5]],
    ['pull', [1]],
    ['memory', [1, 1, 1, 1, 1]],
    ['tenfold', [11, 1, 11, 1]],
  ])('allows in %s what is to be reached', (prefix, limits) => {
    expect(limitsOf(prefix)).toEqual(limits);
  });

  it('leaves out what was not asked for', () => {
    const least = ids(fullTable({ crane: false, tenfold: false }));
    expect(least.filter((id) => id.includes('crane') || id.startsWith('tenfold'))).toEqual([]);
    expect(ids(everything).filter((id) => !least.includes(id))).toHaveLength(7);
  });

  it('finds rows by their ids and by the beginnings of these, whole words only', () => {
    expect(ids(chosenRows(everything, ['start/plan/node', 'pull']))).toEqual(['start/plan/node', 'pull/B/skopeo']);
    expect(() => chosenRows(everything, ['cold-gz'])).toThrow('no row is called cold-gz');
  });

  it('is for smoke about tenths only, and about no slow peer', () => {
    const rows = smokeTable();
    const corpora: string[] = rows.flatMap(corporaOf);
    expect([...new Set(corpora)]).toEqual(['S-tenth', 'B-tenth']);
    expect(ids(rows).filter((id) => id.includes('buildah'))).toEqual([]);
  });

  it('needs both corpora to compare ten times the work with once', () => {
    expect(chosenRows(everything, ['tenfold/B/time']).flatMap(corporaOf)).toEqual(['B', 'B-tenfold']);
  });
});

describe('the options of the benchmark', () => {
  it('runs five times, three times where it is to be short, or as often as it is told', () => {
    expect([[], ['--smoke'], ['--smoke', '--runs', '9']].map((args) => readOptions(args).runs)).toEqual([5, 3, 9]);
  });

  it.each([['0'], ['-1'], ['2.5'], ['many']])('refuses %s runs', (runs) => {
    expect(() => readOptions([`--runs=${runs}`])).toThrow('--runs is a whole number from 1');
  });

  it('takes rows as a list', () => {
    expect(readOptions(['--only', 'size,memory/S']).only).toEqual(['size', 'memory/S']);
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--quick'])).toThrow();
  });
});

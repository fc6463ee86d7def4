import { expect, it } from 'vitest';
import { mergeResults } from '../../bench/merge.mjs';

const head = { runs: 5, machine: { processor: 'x' } };

it('keeps what was not measured again, in its place', () => {
  const earlier = {
    ...head,
    day: '2026-01-01',
    versions: { node: '20', crane: '1' },
    corpora: [{ title: 'S', files: 1 }],
    rows: [
      { id: 'a', ours: 1 },
      { id: 'b', ours: 2 },
    ],
  };
  const later = {
    ...head,
    day: '2026-02-02',
    versions: { node: '22' },
    corpora: [
      { title: 'S', files: 3 },
      { title: 'B', files: 4 },
    ],
    rows: [
      { id: 'c', ours: 4 },
      { id: 'a', ours: 3 },
    ],
  };
  expect(mergeResults(undefined, later)).toBe(later);
  expect(mergeResults(earlier, later)).toEqual({
    ...later,
    versions: { node: '22', crane: '1' },
    rows: [
      { id: 'a', ours: 3 },
      { id: 'b', ours: 2 },
      { id: 'c', ours: 4 },
    ],
  });
});

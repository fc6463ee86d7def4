import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/index.js';
import {
  artifactChanges,
  baseMove,
  causeOfBytes,
  configChanges,
  formerName,
  renderInputChanges,
  showMove,
} from '../../src/plan/index.js';

const [one, two] = [digestOf('one'), digestOf('two')];
const [short1, short2] = [one.slice(0, 19), two.slice(0, 19)];
const debian = { reference: 'docker.io/library/debian:12', digest: one };

describe('a base', () => {
  it.each<[string, ...Parameters<typeof baseMove>, string | undefined]>([
    ['that is the same', debian, debian, undefined],
    ['that is called otherwise', debian, { ...debian, reference: 'debian:bookworm' }, undefined],
    [
      'that moved',
      debian,
      { ...debian, digest: two },
      `the base moved: docker.io/library/debian:12 ${short1} → ${short2}`,
    ],
    [
      'that is another one',
      debian,
      { reference: 'alpine:3', digest: two },
      `the base moved: docker.io/library/debian:12 ${short1} → alpine:3 ${short2}`,
    ],
    [
      'that is named by its digest',
      { reference: one, digest: one },
      { reference: `a@${two}`, digest: two },
      `the base moved: ${short1} → a@${short2}`,
    ],
    ['that went', debian, null, `the base docker.io/library/debian:12 ${short1} is no longer in the manifest`],
    ['that is new', null, debian, `the base is docker.io/library/debian:12 ${short1} now, and was scratch`],
    ['that is not known yet', debian, { ...debian, digest: null }, undefined],
    ['that there is none of', null, null, undefined],
  ])('%s', (_, before, after, move) => {
    expect(baseMove(before, after)).toBe(move);
  });
});

describe('what an artifact sees differently', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string | undefined]>([
    ['nothing', { command: one }, { command: one }, undefined],
    ['a command', { command: one }, { command: two }, `command changed (${short1} → ${short2})`],
    [
      'an input',
      { 'input a.c': `${one} executable` },
      { 'input a.c': one },
      `a.c changed (${short1} executable → ${short1})`,
    ],
    ['a tool more', {}, { 'tool cc': one }, `tool cc was added (${short1})`],
    [
      'a variable less and another time',
      { 'env A': one, epoch: '1' },
      { epoch: '2' },
      `env A was removed (${short1}), epoch changed (1 → 2)`,
    ],
    [
      'the time and an input',
      { epoch: '1', 'input a': one },
      { epoch: '2', 'input a': two },
      `a changed (${short1} → ${short2}), epoch changed (1 → 2)`,
    ],
    [
      'many inputs',
      {},
      { 'input a': one, 'input b': one, 'input c': one, 'input d': one, 'input e': one },
      `a was added (${short1}), b was added (${short1}), c was added (${short1}) and 2 more`,
    ],
    ['another time', { epoch: '1' }, { epoch: '2' }, 'epoch changed (1 → 2)'],
  ])('%s', (_, before, after, text) => {
    expect(renderInputChanges(artifactChanges(before, after))).toBe(text);
  });

  it('is told with both values', () => {
    expect(artifactChanges({ a: '1' }, { a: '2', b: '3' })).toEqual([
      { change: 'changed', what: 'a', before: '1', after: '2' },
      { change: 'added', what: 'b', before: null, after: '3' },
    ]);
  });
});

describe('other bytes of the same entries', () => {
  const same = { compression: false, created: ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'], format: [1, 1] };
  it.each<[string, Partial<typeof same>, string]>([
    ['come of the format', { format: [1, 2] }, 'the number of the byte format: 1 → 2; the entries are the same'],
    ['come of the compression', { compression: true }, 'compression changed, the entries did not'],
    [
      'come of the time',
      { created: ['1970-01-01T00:00:00Z', '2026-01-01T00:00:00Z'] },
      'the time "created": 1970-01-01T00:00:00Z → 2026-01-01T00:00:00Z; the entries are the same',
    ],
    [
      'come of who wrote the tar',
      {},
      'the tar is written in another way: its entries are the same, their times or their order may not be',
    ],
  ])('%s', (_, more, text) => {
    expect(causeOfBytes({ ...same, ...more }).text).toBe(text);
  });
});

describe('a setting', () => {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers' as const, diff_ids: [] } };
  const settings = (env: string[], annotations = {}) => ({ config: { ...config, config: { Env: env } }, annotations });
  const place = { file: 'image.yaml', line: 1, column: 1, length: 1, text: '' };

  it('says where image.yaml has it, else whether the base moved', () => {
    const before = settings(['A=1', 'B=1']);
    const after = settings(['A=2', 'B=2'], { x: 'y' });
    const placeOf = (field: string) => (field === 'env.A' ? place : undefined);
    const changes = configChanges(before, after, { baseMove: 'the base moved: a → b', placeOf });
    expect(changes.map(({ field, cause }) => `${field}: ${cause.text} ${cause.at?.line ?? ''}`)).toEqual([
      'annotations.x: the base moved: a → b ',
      'env.A: env.A in the manifest 1',
      'env.B: the base moved: a → b ',
    ]);
  });

  it('that went where the base moved may have been in either', () => {
    const causes = { baseMove: 'the base moved: a → b', placeOf: () => undefined };
    const [change] = configChanges(settings(['A=1']), settings([]), causes);
    expect(change!.cause.text).toBe('the base moved: a → b, or env.A is no longer in the manifest');
  });
});

describe('a layer with another name', () => {
  const layer = (name: string, digest = one) => ({ name, digest });
  it.each<[string, ReturnType<typeof layer>[], ReturnType<typeof layer>[], string | undefined]>([
    ['is known by its bytes', [layer('a')], [layer('b')], 'a'],
    ['is another one where the old one is still there', [layer('a')], [layer('b'), layer('a')], undefined],
    ['is another one with other bytes', [layer('a', two)], [layer('b')], undefined],
  ])('%s', (_, before, now, name) => {
    expect(formerName(now[0]!, before, now)).toBe(name);
  });
});

describe('a value', () => {
  it('is short in a line of text', () => {
    expect(showMove(null, `${one} ${'x'.repeat(200)}`)).toBe(`nothing → ${short1} ${'x'.repeat(60)}…`);
  });
});

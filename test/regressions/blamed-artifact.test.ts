import { expect, it } from 'vitest';
import { artifactCause } from '../../src/compare/artifact-causes.js';
import { type ArtifactKey, digestOf } from '../../src/oci/index.js';
import type { PlatformRecord } from '../../src/plan/index.js';

type Made = readonly [name: string, output: string, facts: Readonly<Record<string, string>>];

const recordOf = (...artifacts: readonly Made[]): PlatformRecord => ({
  platform: 'linux/amd64',
  digest: digestOf(JSON.stringify(artifacts)),
  base: null,
  artifacts: artifacts.map(([name, output, facts]) => ({
    name,
    key: digestOf(JSON.stringify(facts)) as string as ArtifactKey,
    output: digestOf(output),
    facts,
  })),
  layers: [],
  config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
  annotations: {},
});

/** `site` needs `library`, and `random`, which nobody needs but `late`, gives another output in each build. */
const built = (source: string, id: string): PlatformRecord =>
  recordOf(
    ['random', id, { command: 'a' }],
    ['library', source, { 'input a.c': source }],
    ['site', `site ${source}`, { 'artifact lib': digestOf(source) }],
    ['late', `late ${id}`, { 'artifact x': digestOf(id) }],
    ['later', `later ${id}`, { 'artifact y': digestOf(`late ${id}`) }],
  );

it('an artifact that is not reproducible is blamed for what needs it, and for nothing else', () => {
  const [before, after] = [built('one', '1'), built('two', '2')];
  const culprit = 'it needs the output of artifact random, whose command is not reproducible';
  expect(artifactCause(before, after, 'late')).toBe(culprit);
  expect(artifactCause(before, after, 'later')).toBe(culprit);
  expect(artifactCause(before, after, 'site')).toMatch(/^artifact lib changed \(sha256:/);
  expect(artifactCause(before, after, 'library')).toBe('a.c changed (one → two)');
});

it('a record whose artifacts need each other ends', () => {
  const circle = (id: string) =>
    recordOf(
      ['a', `a${id}`, { 'artifact b': digestOf(`b${id}`) }],
      ['b', `b${id}`, { 'artifact a': digestOf(`a${id}`) }],
    );
  expect(artifactCause(circle('1'), circle('2'), 'a')).toMatch(/^artifact b changed/);
});

import { describe, expect, it } from 'vitest';
import { packageGroup } from '../../src/inputs/index.js';
import type { LayerSplit } from '../../src/manifest/index.js';
import type { Entry } from '../../src/tree/index.js';
import { file } from '../tree/support.js';
import { at } from './support.js';

function of(name: string, source: string): Entry {
  const entry = file('x');
  return { ...entry, origin: { ...entry.origin, package: { name, version: '1', source } } };
}

const split = (by: LayerSplit['by'], budget?: number) => packageGroup({ by, budget, at });

describe('the group of an entry', () => {
  it('is its package or its source package', () => {
    expect(split('package')(of('libc6', 'glibc'))).toBe('libc6');
    expect(split('source')(of('libc6', 'glibc'))).toBe('glibc');
  });

  it('is none for what no package brought', () => {
    expect(split('package')(file('x'))).toBeUndefined();
    expect(split('source', 3)(file('x'))).toBeUndefined();
  });

  it('is one of so many buckets with a budget, always the same', () => {
    expect(['libc6', 'nginx', 'zlib1g', 'perl-base'].map((name) => split('package', 8)(of(name, 'x')))).toEqual([
      '06',
      '08',
      '05',
      '06',
    ]);
    expect(split('source', 8)(of('libc6', 'glibc'))).toBe(split('source', 8)(of('libc-bin', 'glibc')));
  });

  it('spreads names over all buckets', () => {
    const groups = Array.from({ length: 1000 }, (_, i) => split('package', 100)(of(`p${i}`, 's'))!);
    expect(new Set(groups).size).toBe(100);
    expect([...groups].sort()[0]).toBe('001');
    expect([...groups].sort().at(-1)).toBe('100');
  });
});

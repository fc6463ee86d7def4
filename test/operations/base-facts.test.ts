import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownFacts, ObservedBase } from '../../src/operations/base-facts.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';

const ORIGIN = { kind: 'base', label: 'the base' } as const;

function directories(paths: Iterable<string>): FileTree {
  const facts = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, claim: 'walked', origin: ORIGIN } as const;
  return treeOf([...new Set(paths)].map((path): Entry => ({ ...facts, path })));
}

/** With all its parents. */
const withParents = (path: string): string[] => path.split('/').map((_, i, names) => names.slice(0, i + 1).join('/'));

function factsOf(observed: ObservedBase, asked: readonly string[]) {
  for (const path of asked) observed.ask(path);
  return observed.facts();
}

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

describe('what was asked of a base', () => {
  it('is the same whether the base or the lock answers, whatever was asked', () => {
    fc.assert(
      fc.property(fc.array(path), fc.array(path), (there, asked) => {
        const whole = factsOf(new ObservedBase(directories(there.flatMap(withParents))), asked)!;
        const { tree, isKnown } = knownFacts(whole, () => undefined);
        expect(factsOf(new ObservedBase(tree, isKnown), asked)).toEqual(whole);
      }),
    );
  });

  it('says nothing of parents that nobody asked for', () => {
    const { tree, isKnown } = knownFacts({ 'var/lib/dpkg/status.d/tool': null }, () => undefined);
    const below = ['var/lib/dpkg/status.d/tool', 'var/lib/dpkg/status.d/tool/more'];
    expect(factsOf(new ObservedBase(tree, isKnown), below)).toEqual({ 'var/lib/dpkg/status.d/tool': null });
  });

  it('is kept up to a number of paths', () => {
    const paths = Array.from({ length: 10_001 }, (_, i) => `${i}`);
    const tree = directories(paths);
    expect(Object.keys(factsOf(new ObservedBase(tree), paths.slice(1))!)).toHaveLength(10_000);
    expect(factsOf(new ObservedBase(tree), paths)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePackages, type Package, packageOf, parseControl, unmetDependency } from '../../src/debian/index.js';
import { TbuildError } from '../../src/errors/index.js';
import { digestOf } from '../../src/oci/index.js';

/** A package of a small archive: relations are to these names, in these versions or in any. */
interface Described {
  readonly name: string;
  readonly version: number;
  readonly depends: readonly (readonly Wanted[])[];
  readonly conflicts: readonly Wanted[];
  readonly provides: readonly { readonly name: string; readonly version?: number | undefined }[];
}

interface Wanted {
  readonly name: string;
  readonly version?: number | undefined;
}

const NAMES = ['p0', 'p1', 'p2', 'p3', 'p4'];
const VIRTUAL = ['v0', 'v1'];
const VERSIONS = [1, 2];

const optionalVersion = fc.option(fc.constantFrom(...VERSIONS), { nil: undefined, freq: 1 });
const wanted: fc.Arbitrary<Wanted> = fc.record({
  name: fc.constantFrom(...NAMES, ...VIRTUAL),
  version: optionalVersion,
});
const provided = fc.record({ name: fc.constantFrom(...VIRTUAL), version: optionalVersion });
const archive = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom(...VERSIONS),
    depends: fc.array(fc.array(wanted, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
    conflicts: fc.array(wanted, { maxLength: 2 }),
    provides: fc.array(provided, { maxLength: 2 }),
  }),
  { selector: ({ name, version }) => `${name} ${version}`, minLength: 3, maxLength: 10 },
);

const render = ({ name, version }: Wanted): string => (version === undefined ? name : `${name} (= ${version})`);

function packageFrom({ name, version, depends, conflicts, provides }: Described): Package {
  const control = [
    `Package: ${name}\nVersion: ${version}\nArchitecture: amd64`,
    `Depends: ${depends.map((alternatives) => alternatives.map(render).join(' | ')).join(', ')}`,
    `Conflicts: ${conflicts.map(render).join(', ')}`,
    `Provides: ${provides.map(render).join(', ')}`,
  ].join('\n');
  const [stanza] = parseControl(control, { what: 'control', code: 'deb-invalid' });
  return packageOf(stanza!, { path: 'pool/a.deb', digest: digestOf(control), size: 1 }, 'control');
}

/** Said again, in the plainest way. */
function meets(item: Described, want: Wanted): boolean {
  const names = [{ name: item.name, version: item.version }, ...item.provides];
  return names.some(
    ({ name, version }) => name === want.name && (want.version === undefined || want.version === version),
  );
}

function isConsistent(chosen: readonly Described[]): boolean {
  return chosen.every(
    (item) =>
      item.depends.every((alternatives) => alternatives.some((want) => chosen.some((other) => meets(other, want)))) &&
      !item.conflicts.some((want) => chosen.some((other) => other !== item && meets(other, want))),
  );
}

/** Every set with at most one version of each name. */
function* setsOf(items: readonly Described[], names = NAMES): Generator<readonly Described[]> {
  const [name, ...others] = names;
  if (name === undefined) return void (yield []);
  const versions = items.filter((item) => item.name === name);
  for (const rest of setsOf(items, others)) {
    yield rest;
    for (const version of versions) yield [version, ...rest];
  }
}

describe('choosePackages', () => {
  it('finds packages that go together wherever there are any, and says so where there are none', () => {
    let [found, none] = [0, 0];
    fc.assert(
      fc.property(
        archive,
        fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
        (items, names) => {
          const hasAll = (set: readonly Described[]): boolean =>
            names.every((name) => set.some((item) => item.name === name));
          const isPossible = [...setsOf(items)].some((set) => hasAll(set) && isConsistent(set));
          const requests = names.map((name) => ({ name }));
          const settings = { architecture: 'amd64', held: [], exclude: [], recommends: false, essential: false };
          try {
            const { packages, why } = choosePackages({ ...settings, available: items.map(packageFrom), requests });
            const chosen = packages.map(
              ({ name, version }) => items.find((item) => item.name === name && `${item.version}` === version)!,
            );
            expect(isPossible && hasAll(chosen) && isConsistent(chosen)).toBe(true);
            expect(unmetDependency(packages)).toBeUndefined();
            expect([...why.keys()].sort()).toEqual(packages.map(({ name }) => name).sort());
            found++;
          } catch (error) {
            if (!(error instanceof TbuildError)) throw error;
            expect([isPossible, error.code.startsWith('package-')]).toEqual([false, true]);
            none++;
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(Math.min(found, none)).toBeGreaterThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import {
  type ChoiceRequest,
  choosePackages,
  explainPackages,
  type Package,
  packageOf,
  parseControl,
} from '../../src/debian/index.js';
import { digestOf } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';

/** `NAME VERSION`, then fields: `a1 2 | Depends: b1 | Provides: c1`. The version may be left out. */
function describeOne(text: string, suite = 'test', isAutomatic = true): Package {
  const [title, ...fields] = text.split(' ; ');
  const [name, version = '1'] = title!.split(' ');
  const architecture = fields.some((field) => field.startsWith('Architecture')) ? '' : 'Architecture: amd64\n';
  const control = `Package: ${name}\nVersion: ${version}\n${architecture}${fields.map((field) => `${field}\n`).join('')}`;
  const [stanza] = parseControl(control, { what: 'control', code: 'deb-invalid' });
  return packageOf(
    stanza!,
    { path: `pool/${name}_${version}.deb`, digest: digestOf(control), size: 1, suite, isAutomatic },
    'control',
  );
}

const archive = (...texts: readonly string[]): Package[] => texts.map((text) => describeOne(text));

interface Case extends Partial<Omit<ChoiceRequest, 'requests' | 'available'>> {
  readonly available: readonly Package[];
  /** `a1 b1=2`. */
  readonly want: string;
}

function requestOf({ available, want, ...others }: Case): ChoiceRequest {
  const requests = want.split(' ').map((text, index) => {
    const [name, version] = text.split('=');
    return { name: name!, version, at: { file: 'image.yaml', line: index + 1, column: 1, length: 1 } };
  });
  const defaults = { architecture: 'amd64', held: [], exclude: [], recommends: false, essential: false };
  return { ...defaults, available, requests, ...others };
}

const choose = (request: Case) => choosePackages(requestOf(request));
const namesOf = (request: Case): string => {
  const titles = choose(request).packages.map(({ name, version }) => (version === '1' ? name : `${name}=${version}`));
  return titles.join(' ');
};

describe('choosePackages', () => {
  it.each<[title: string, request: Case, names: string]>([
    [
      'Depends and Pre-Depends, and theirs',
      { available: archive('a1 ; Depends: b1', 'b1 ; Pre-Depends: c1', 'c1', 'd1'), want: 'a1' },
      'a1 b1 c1',
    ],
    ['dependencies in a circle', { available: archive('a1 ; Depends: b1', 'b1 ; Depends: a1'), want: 'a1' }, 'a1 b1'],
    ['nothing that is only recommended', { available: archive('a1 ; Recommends: b1', 'b1'), want: 'a1' }, 'a1'],
    [
      'recommendations where they are wanted, and theirs',
      {
        available: archive('a1 ; Recommends: b1', 'b1 ; Depends: c1 ; Recommends: d1', 'c1', 'd1'),
        want: 'a1',
        recommends: true,
      },
      'a1 b1 c1 d1',
    ],
    [
      'no recommendation that cannot be had',
      { available: archive('a1 ; Recommends: b1, e1', 'b1 ; Depends: c1', 'e1'), want: 'a1', recommends: true },
      'a1 e1',
    ],
    [
      'no recommendation against what is needed',
      {
        available: archive('a1 ; Recommends: b1 ; Depends: c1', 'b1 ; Conflicts: d1', 'c1 ; Depends: d1', 'd1'),
        want: 'a1',
        recommends: true,
      },
      'a1 c1 d1',
    ],
    ['the newest version', { available: archive('a1 1', 'a1 1:0', 'a1 3'), want: 'a1' }, 'a1=1:0'],
    [
      'the newest that a dependency accepts',
      { available: archive('a1 ; Depends: b1 (<< 3)', 'b1 1', 'b1 2', 'b1 3'), want: 'a1' },
      'a1 b1=2',
    ],
    [
      'an older one where the newest cannot be installed',
      { available: archive('a1 2 ; Depends: no', 'a1 1'), want: 'a1' },
      'a1',
    ],
    ['the version that is asked for', { available: archive('a1 1', 'a1 2'), want: 'a1=1' }, 'a1'],
    [
      'a version that is asked for after a package that would take another',
      { available: archive('a1 ; Depends: b1', 'b1 1', 'b1 2'), want: 'a1 b1=1' },
      'a1 b1',
    ],
    ['the first alternative', { available: archive('a1 ; Depends: b1 | c1', 'b1', 'c1'), want: 'a1' }, 'a1 b1'],
    [
      'an alternative that is chosen already',
      { available: archive('a1 ; Depends: b1 | c1', 'b1', 'c1'), want: 'c1 a1' },
      'a1 c1',
    ],
    [
      'the next alternative where the first is missing',
      { available: archive('a1 ; Depends: b1 | c1', 'c1'), want: 'a1' },
      'a1 c1',
    ],
    [
      'the next alternative where the first needs what is missing',
      { available: archive('a1 ; Depends: b1 | c1', 'b1 ; Depends: no', 'c1'), want: 'a1' },
      'a1 c1',
    ],
    [
      'the next alternative where the first conflicts with what is chosen',
      { available: archive('a1 ; Depends: b1 | c1', 'b1 ; Conflicts: d1', 'c1', 'd1'), want: 'd1 a1' },
      'a1 c1 d1',
    ],
    [
      'another alternative where the first conflicts with what comes later',
      { available: archive('a1 ; Depends: b1 | c1', 'b1', 'c1', 'd1 ; Depends: e1', 'e1 ; Breaks: b1'), want: 'a1 d1' },
      'a1 c1 d1 e1',
    ],
    [
      'a package that provides what is needed',
      { available: archive('a1 ; Depends: v1', 'b1 ; Provides: v1'), want: 'a1' },
      'a1 b1',
    ],
    [
      'of several that provide it the one of the highest priority',
      {
        available: archive(
          'a1 ; Depends: v1',
          'b1 ; Provides: v1 ; Priority: optional',
          'c1 ; Provides: v1 ; Priority: required',
        ),
        want: 'a1',
      },
      'a1 c1',
    ],
    [
      'the package itself rather than one that provides it',
      { available: archive('a1 ; Depends: v1', 'b1 ; Provides: v1 ; Priority: required', 'v1'), want: 'a1' },
      'a1 v1',
    ],
    [
      'a versioned provision for a version',
      {
        available: archive(
          'a1 ; Depends: v1 (>= 2)',
          'b1 ; Provides: v1',
          'c1 9 ; Provides: v1 (= 1)',
          'd1 ; Provides: v1 (= 2)',
        ),
        want: 'a1',
      },
      'a1 d1',
    ],
    [
      'a package that conflicts with what it provides itself',
      { available: archive('a1 ; Provides: v1 ; Conflicts: v1'), want: 'a1' },
      'a1',
    ],
    [
      'both where a conflict is with another version',
      { available: archive('a1 ; Breaks: b1 (<< 2)', 'b1 2'), want: 'a1 b1' },
      'a1 b1=2',
    ],
    [
      ':any of a package that is Multi-Arch: allowed',
      { available: archive('a1 ; Depends: b1:any', 'b1 ; Multi-Arch: allowed'), want: 'a1' },
      'a1 b1',
    ],
    [
      ':native, and the architecture by name',
      { available: archive('a1 ; Depends: b1:native, c1:amd64', 'b1', 'c1 ; Architecture: all'), want: 'a1' },
      'a1 b1 c1',
    ],
    [
      'packages of the architecture and for all',
      { available: archive('a1 1', 'a1 2 ; Architecture: arm64', 'b1 ; Architecture: all'), want: 'a1 b1' },
      'a1 b1',
    ],
    [
      'nothing for what is excluded',
      { available: archive('a1 ; Depends: b1, c1', 'b1 ; Depends: d1', 'c1', 'd1'), want: 'a1', exclude: ['b1'] },
      'a1 c1',
    ],
    [
      'nothing for what an excluded package provides',
      { available: archive('a1 ; Depends: v1, c1 | b1', 'b1 ; Provides: v1', 'c1'), want: 'a1', exclude: ['b1'] },
      'a1',
    ],
    [
      'what is excluded though it is not there',
      { available: archive('a1 ; Depends: b1 (>= 9)'), want: 'a1', exclude: ['b1'] },
      'a1',
    ],
    [
      'what is essential, where it is wanted',
      {
        available: archive('a1', 'b1 ; Essential: yes ; Depends: c1', 'c1', 'd1 ; Essential: yes'),
        want: 'a1',
        essential: true,
        exclude: ['d1'],
      },
      'a1 b1 c1',
    ],
    [
      'the version that is held',
      { available: archive('a1 ; Depends: b1', 'b1 1', 'b1 2', 'b1 3'), held: archive('b1 2', 'z1'), want: 'a1' },
      'a1 b1=2',
    ],
    [
      'a version that is held and that the archive lost',
      { available: archive('a1 ; Depends: b1', 'b1 3'), held: archive('b1 2'), want: 'a1' },
      'a1 b1=2',
    ],
    [
      'another than is held where that is needed',
      { available: archive('a1 ; Depends: b1 (>= 3)', 'b1 3'), held: archive('b1 2'), want: 'b1 a1' },
      'a1 b1=3',
    ],
    [
      'another than is held where it is asked for',
      { available: archive('b1 2', 'b1 3'), held: archive('b1 2'), want: 'b1=3' },
      'b1=3',
    ],
  ])('chooses %s', (_, request, names) => {
    expect(namesOf(request)).toBe(names);
  });

  it('takes of equal versions the one of the first source', () => {
    const available = [describeOne('a1 2', 'one'), describeOne('a1 2 ; Source: x1', 'two')];
    expect(choose({ available, want: 'a1' }).packages[0]).toMatchObject({ suite: 'one' });
    expect(choose({ available: [...available].reverse(), want: 'a1' }).packages[0]).toMatchObject({ suite: 'two' });
  });

  it('takes from an archive that is not automatic only what no other has, or what is asked for', () => {
    const later = ['a1 3', 'b1 3 ; Depends: a1', 'c1 3 ; Depends: a1 (>= 3)', 'd1 ; Provides: v1'];
    const available = [
      ...later.map((text) => describeOne(text, 'backports', false)),
      ...archive('a1 2', 'b1 2 ; Depends: a1', 'e1 ; Provides: v1', 'f1 ; Depends: v1'),
    ];
    expect(namesOf({ available, want: 'b1' })).toBe('a1=2 b1=2');
    expect(namesOf({ available, want: 'b1=3' })).toBe('a1=2 b1=3');
    expect(namesOf({ available, want: 'c1' })).toBe('a1=3 c1=3');
    expect(namesOf({ available, want: 'f1' })).toBe('e1 f1');
    expect(namesOf({ available, want: 'b1', held: [describeOne('b1 3', 'backports', false)] })).toBe('b1=3');
  });

  it('tells why each is there', () => {
    const available = archive(
      'a1 ; Depends: b1 | x1',
      'b1 ; Depends: c1',
      'c1',
      'd1 ; Depends: v1',
      'e1 ; Provides: v1 ; Depends: c1',
      'f1 ; Essential: yes ; Depends: g1',
      'g1',
    );
    expect(Object.fromEntries(choose({ available, want: 'd1 a1', essential: true }).why)).toEqual({
      a1: ['a1'],
      b1: ['a1', 'b1'],
      c1: ['d1', 'e1', 'c1'],
      d1: ['d1'],
      e1: ['d1', 'e1'],
      f1: ['f1'],
      g1: ['f1', 'g1'],
    });
  });

  it('goes far and wide without trying every combination', () => {
    // 40 choices that do not matter stand between one that does and its conflict.
    const middle = Array.from({ length: 40 }, (_, i) => [`m${i} ; Depends: x${i} | y${i}`, `x${i}`, `y${i}`]).flat();
    const needs = Array.from({ length: 40 }, (_, i) => `m${i}`).join(', ');
    const available = archive(
      'a1 ; Depends: b1 | c1',
      'b1',
      'c1',
      `d1 ; Depends: ${needs}`,
      ...middle,
      'e1 ; Conflicts: b1',
    );
    const { packages } = choose({ available, want: 'a1 d1 e1' });
    expect(packages.map(({ name }) => name)).toContain('c1');
    expect(packages).toHaveLength(4 + 80);
  });

  it('gives up where there are too many combinations', async () => {
    // Seven that exclude each other for six places, and that is found only by trying all.
    const holes = Array.from({ length: 9 }, (_, hole) =>
      Array.from({ length: 10 }, (_, pigeon) => `p${pigeon}h${hole} ; Provides: hole${hole} ; Conflicts: hole${hole}`),
    ).flat();
    const pigeons = Array.from({ length: 10 }, (_, pigeon) => {
      const places = Array.from({ length: 9 }, (_, hole) => `p${pigeon}h${hole}`);
      return `pigeon${pigeon} ; Depends: ${places.join(' | ')}`;
    });
    const want = Array.from({ length: 10 }, (_, pigeon) => `pigeon${pigeon}`).join(' ');
    const { code, message } = await failureOf(() => choose({ available: archive(...holes, ...pigeons), want }));
    expect(code).toBe('package-conflict');
    expect(message).toMatch(
      /^No way to install pigeon0, .* together was found within the number of tries; the first one/,
    );
    expect(message).toMatch(/ fails since pigeon9 → p9h0 conflicts with p0h0 ← pigeon0$/);
  });

  it('does not look twice for a dead end to which many ways lead', async () => {
    // Each layer can be had in three versions of two packages, and all need the next.
    const layers = Array.from({ length: 20 }, (_, i) =>
      ['1', '2', '3'].flatMap((version) => [
        `left${i} ${version} ; Depends: left${i + 1} | right${i + 1}`,
        `right${i} ${version} ; Depends: right${i + 1} | left${i + 1}`,
      ]),
    ).flat();
    const available = archive(
      'a1 ; Depends: left0 | b1',
      'b1',
      'c1 ; Depends: left0',
      ...layers,
      'left20 ; Depends: d1',
      'right20 ; Depends: d1',
      'd1',
      'e1 ; Conflicts: d1',
    );
    expect(namesOf({ available, want: 'e1 a1' })).toBe('a1 b1 e1');
    const { message } = await failureOf(() => choose({ available, want: 'e1 c1' }));
    expect(message).toMatch(/^c1 → left0 → left1 → .* → left20 → d1 conflicts with e1$|^e1 conflicts with d1 ← left20/);
  });

  it('follows a chain of thousands', () => {
    const available = Array.from({ length: 2000 }, (_, i) => describeOne(`p${i} ; Depends: p${i + 1}`));
    expect(choose({ available: [...available, describeOne('p2000')], want: 'p0' }).packages).toHaveLength(2001);
  });
});

describe('what cannot be chosen', () => {
  it.each<[request: Case, failure: { code: string; message: string; hint?: string; line: number }]>([
    [
      { available: archive('nginx', 'nginx-light'), want: 'nginx nginx-ligth' },
      {
        code: 'package-missing',
        message: 'There is no package "nginx-ligth" in test',
        hint: 'Did you mean "nginx-light"?',
        line: 2,
      },
    ],
    [
      { available: archive('mawk ; Provides: awk', 'gawk ; Provides: awk'), want: 'awk' },
      {
        code: 'package-missing',
        message: '"awk" is no package of test, only a name that others provide',
        hint: 'Name one of them: gawk, mawk.',
        line: 1,
      },
    ],
    [
      {
        available: [...archive('libssl3 3.0.15-1'), describeOne('libssl3 3.0.17-1', 'test-security')],
        want: 'libssl3=3.0.16',
      },
      {
        code: 'package-missing',
        message: 'There is no version "3.0.16" of "libssl3" in test, test-security (there is 3.0.17-1, 3.0.15-1)',
        line: 1,
      },
    ],
    [
      {
        available: archive('a1', 'nginx-light ; Depends: libssl3 (>= 3.0.17)', 'libssl3 3.0.15-1'),
        want: 'a1 nginx-light',
      },
      {
        code: 'package-missing',
        message: 'nginx-light needs libssl3 (>= 3.0.17), which nothing in test provides (there is 3.0.15-1)',
        line: 2,
      },
    ],
    [
      {
        available: archive('a1 ; Depends: b1', 'b1 ; Pre-Depends: c1 | d1 (>= 2)', 'e1 ; Provides: d1 (= 1)'),
        want: 'a1',
      },
      {
        code: 'package-missing',
        message: 'a1 → b1 needs c1 | d1 (>= 2), which nothing in test provides (there is d1 (= 1) of e1 1)',
        line: 1,
      },
    ],
    [
      { available: archive('a1 ; Depends: b1:any', 'b1'), want: 'a1' },
      { code: 'package-missing', message: 'a1 needs b1:any, which nothing in test provides (there is 1)', line: 1 },
    ],
    [
      { available: archive('a1 ; Depends: b1', 'b1 ; Conflicts: c1', 'c1', 'd1 ; Depends: c1'), want: 'd1 a1' },
      {
        code: 'package-conflict',
        message: 'a1 → b1 conflicts with c1 ← d1',
        hint: 'b1 1 declares "Conflicts: c1", and there is c1 1.',
        line: 2,
      },
    ],
    [
      {
        available: archive('a1 ; Depends: b1', 'b1 ; Breaks: v1 (<< 3)', 'c1 ; Provides: v1 (= 2)', 'd1 ; Depends: c1'),
        want: 'a1 d1',
      },
      {
        code: 'package-conflict',
        message: 'a1 → b1 breaks c1 ← d1',
        hint: 'b1 1 declares "Breaks: v1 (<< 3)", and there is c1 1.',
        line: 2,
      },
    ],
    [
      { available: archive('a1 ; Depends: c1 (= 1)', 'b1 ; Depends: c1 (>= 2)', 'c1 1', 'c1 2'), want: 'a1 b1' },
      {
        code: 'package-conflict',
        message: 'b1 needs c1 (>= 2), but a1 needs c1 (= 1), which is c1 1',
        hint: 'Of c1 there can be one version only.',
        line: 2,
      },
    ],
    [
      { available: archive('b1 ; Depends: c1 (>= 2)', 'c1 1', 'c1 2'), want: 'c1=1 b1' },
      { code: 'package-conflict', message: 'b1 needs c1 (>= 2), but c1 1 is asked for', line: 2 },
    ],
    [
      { available: archive('a1 ; Depends: b1 | c1', 'b1 ; Depends: no1', 'c1 ; Depends: no2'), want: 'a1' },
      { code: 'package-missing', message: 'a1 → b1 needs no1, which nothing in test provides', line: 1 },
    ],
    [
      { available: archive('a1', 'b1'), want: 'a1 b1', exclude: ['b1'] },
      { code: 'package-conflict', message: '"b1" is asked for and excluded', line: 2 },
    ],
  ])('is explained: %#', async (request, { line, ...expected }) => {
    const failure = await failureOf(() => choose(request));
    expect(failure).toMatchObject(expected);
    expect(failure.at?.line).toBe(line);
  });

  it('is said of what was looked at', async () => {
    const { message } = await failureOf(() => choose({ available: archive('a1'), want: 'b1', where: 'bookworm main' }));
    expect(message).toBe('There is no package "b1" in bookworm main');
  });

  it('names the place of the other request as well', async () => {
    const { at, related } = await failureOf(() =>
      choose({ available: archive('a1 ; Conflicts: b1', 'b1'), want: 'a1 b1' }),
    );
    expect([at?.line, related.map((place) => [place.message, place.at.line])]).toEqual([
      2,
      [['a1 is asked for here', 1]],
    ]);
  });
});

describe('explainPackages', () => {
  const packages = archive(
    'a1 ; Depends: b1, d1',
    'b1 ; Depends: c1',
    'c1 ; Recommends: e1',
    'd1 ; Depends: c1',
    'e1',
    'z1 ; Depends: e1',
  );

  it('gives the shortest chain, of equal ones the first, and leaves out what nothing leads to', () => {
    expect([...explainPackages(packages, [{ name: 'a1' }], false)]).toEqual([
      ['a1', ['a1']],
      ['b1', ['a1', 'b1']],
      ['d1', ['a1', 'd1']],
      ['c1', ['a1', 'b1', 'c1']],
    ]);
  });

  it('follows recommendations where they are wanted, and takes requests that are not there for none', () => {
    const why = explainPackages(packages, [{ name: 'none' }, { name: 'c1' }, { name: 'z1' }], true);
    expect([...why]).toEqual([
      ['c1', ['c1']],
      ['z1', ['z1']],
      ['e1', ['c1', 'e1']],
    ]);
  });

  it('does not depend on the order of the packages', () => {
    const requests = [{ name: 'a1' }, { name: 'z1' }];
    const reversed = explainPackages([...packages].reverse(), requests, true);
    expect([...reversed]).toEqual([...explainPackages(packages, requests, true)]);
  });
});

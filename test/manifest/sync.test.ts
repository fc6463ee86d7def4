import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { TbuildError } from '../../src/errors/index.js';
import {
  parseSyncList,
  parseSyncTarget,
  type SyncTarget,
  syncDestination,
  syncSchema,
} from '../../src/manifest/index.js';
import { renderReference } from '../../src/oci/index.js';
import { isRange } from '../../src/operations/sync/versions.js';
import { root } from '../support/root.js';

const HEAD = 'version: 1\nto: registry.example.com/mirror\nimages:\n';
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A list whose one entry begins on line 4, in column 5. */
const entry = (...lines: readonly string[]): string =>
  `${HEAD}${lines.map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}\n`).join('')}`;

const parse = (text: string | Uint8Array, target?: SyncTarget) =>
  parseSyncList(Buffer.from(text), { file: 'sync.yaml', target, isRange });

function problemsOf(text: string | Uint8Array, target?: SyncTarget): readonly TbuildError[] {
  try {
    parse(text, target);
    return [];
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return error.problems.length === 0 ? [error] : error.problems;
  }
}

const placesOf = (text: string | Uint8Array, target?: SyncTarget) =>
  problemsOf(text, target).map(({ code, at }) => (at === undefined ? code : `${code} ${at.line}:${at.column}`));

describe('a list', () => {
  it('is what it says', () => {
    const list = parse(
      entry(
        'from: docker://ghcr.io/org/app',
        `tags: [latest, "3.19@${DIGEST}"]`,
        'match: "^3"',
        'semver: ">=3.18 <4"',
        'latest: 3',
        'exclude: -rc',
        'platforms: [linux/arm64]',
        'to: other/name',
      ),
    );
    expect(list).toMatchObject({ file: 'sync.yaml', target: { kind: 'registry', path: 'mirror' } });
    const [only] = list.entries;
    expect(only).toMatchObject({
      source: { transport: 'docker', registry: 'ghcr.io', repository: 'org/app' },
      repository: 'other/name',
      tags: [
        { name: 'latest', digest: undefined, at: { line: 5, column: 12 } },
        { name: '3.19', digest: DIGEST, at: { line: 5, column: 20 } },
      ],
      semver: '>=3.18 <4',
      latest: 3,
      platform: { os: 'linux', architecture: 'arm64' },
      at: { file: 'sync.yaml', line: 4, column: 5 },
    });
    expect(only!.match!.matches('3.1')).toBe(true);
    expect(only!.exclude!.matches('3-rc')).toBe(true);
  });

  it.each([
    ['alpine', 'docker.io', 'library/alpine'],
    ['docker.io/library/alpine', 'docker.io', 'library/alpine'],
    ['docker://quay.io/a/b', 'quay.io', 'a/b'],
    ['localhost:5000/a', 'localhost:5000', 'a'],
    ['"[::1]:5000/a"', '[::1]:5000', 'a'],
  ])('takes from %s, and gives its path below the destination', (from, registry, repository) => {
    const [only] = parse(entry(`from: ${from}`, 'tags: [a]')).entries;
    expect(only).toMatchObject({ source: { registry, repository }, repository });
  });

  it('needs no destination where another takes its place, which is checked all the same', () => {
    const target: SyncTarget = { kind: 'files', transport: 'oci', path: 'out' };
    const text = 'version: 1\nimages: [{ from: a/blobs, match: "" }]\n';
    expect(parse(text.replace('blobs', 'b'), target).target).toBe(target);
    expect(placesOf(text, target)).toEqual(['manifest-wrong-value 2:18']);
    expect(placesOf(`to: nowhere\n${text.replace('blobs', 'b')}`, target)).toEqual(['manifest-wrong-value 1:5']);
  });

  it('does not depend on how it is written', () => {
    const plain = (text: string) => JSON.stringify(parse(text), (key, value) => (key === 'at' ? undefined : value));
    const block = entry('from: alpine', 'tags: [a]', 'match: "^3"');
    const flow = `\ufeffimages: [{ "match": '^3', tags: ['a'],\r\n from: alpine }]\r\nto: registry.example.com/mirror\r\nversion: 1\r\n`;
    expect(plain(flow)).toBe(plain(block));
  });
});

type Row = readonly [title: string, text: string, expected: readonly string[]];

const HOLDS: readonly Row[] = [
  ['nothing', '', ['manifest-empty 1:1']],
  ['another version', 'version: 2\nfoo: bar\n', ['manifest-version 1:10']],
  ['nothing but a version', 'version: 1\n', ['manifest-missing-key 1:1', 'manifest-missing-key 1:1']],
  ['a list', '- from: a\n', ['manifest-wrong-type 1:1']],
  ['no images', 'version: 1\nto: oci:a\nimages: []\n', ['manifest-wrong-value 3:1']],
  ['an unknown key', `${entry('from: a', 'match: a')}image: a\n`, ['manifest-unknown-key 6:1']],
  ['an unknown key in an entry', entry('from: a', 'tag: [a]', 'match: ""'), ['manifest-unknown-key 5:5']],
  ['an entry that is text', `${HEAD}  - alpine\n`, ['manifest-wrong-type 4:5']],
  ['an entry that is nothing', `${HEAD}  -\n`, ['manifest-wrong-type 4:4']],
  ['an entry without from', entry('tags: [a]'), ['manifest-missing-key 4:5']],
  ['a repository with a tag', entry('from: alpine:3.19', 'match: ""'), ['manifest-wrong-value 4:11']],
  ['a repository with a digest', entry(`from: alpine@${DIGEST}`, 'match: ""'), ['manifest-wrong-value 4:11']],
  ['a repository in upper case', entry('from: ghcr.io/A/b', 'match: ""'), ['manifest-wrong-value 4:11']],
  ['a repository that climbs', entry('from: ghcr.io/a/../../b', 'match: ""'), ['manifest-wrong-value 4:11']],
  ['another transport', entry('from: oci:alpine', 'match: ""'), ['manifest-wrong-value 4:11']],
  ['a number for a repository', entry('from: 1', 'match: ""'), ['manifest-wrong-type 4:11']],
  ['no choice of tags', entry('from: alpine'), ['manifest-missing-key 4:5']],
  ['a tag that is a number', entry('from: a', 'tags: [3.19]'), ['manifest-wrong-type 5:12']],
  ['a tag that is none', entry('from: a', 'tags: [a, "b c", .d]'), wrong('5:15', '5:22')],
  ['a tag with half a digest', entry('from: a', 'tags: ["a@sha256:12"]'), wrong('5:12')],
  ['no tag', entry('from: a', 'tags: []'), wrong('5:5')],
  ['a tag twice', entry('from: a', 'tags: [a, b, a]'), ['manifest-duplicate 5:18']],
  ['a tag with and without digest', entry('from: a', `tags: [a, a@${DIGEST}]`), ['manifest-duplicate 5:15']],
  ['a pattern that is none', entry('from: a', 'match: "("'), wrong('5:12')],
  ['a pattern that looks around', entry('from: a', 'match: ^(?!x)'), wrong('5:12')],
  ['a pattern that grows', entry('from: a', 'match: (a{100}){100}'), wrong('5:12')],
  ['a long pattern', entry('from: a', `match: ${'a'.repeat(201)}`), wrong('5:12')],
  ['an empty exclusion, of everything', entry('from: a', 'match: ""', 'exclude: ""'), wrong('6:14')],
  ['an exclusion that is none', entry('from: a', 'match: ""', 'exclude: "["'), wrong('6:14')],
  ['an exclusion of nothing', entry('from: a', 'tags: [a]', 'exclude: b'), wrong('6:14')],
  ['a range that is none', entry('from: a', 'semver: newest'), wrong('5:13')],
  ['a range that is a number', entry('from: a', 'semver: 3.1'), ['manifest-wrong-type 5:13']],
  ['latest of no range', entry('from: a', 'match: ""', 'latest: 3'), wrong('6:13')],
  ['latest of none', entry('from: a', 'semver: "*"', 'latest: 0'), wrong('6:13')],
  ['latest in octal', entry('from: a', 'semver: "*"', 'latest: 010'), wrong('6:13')],
  ['a platform that is none', entry('from: a', 'match: ""', 'platforms: [linux]'), wrong('6:17')],
  ['no platform', entry('from: a', 'match: ""', 'platforms: []'), wrong('6:5')],
  ['several platforms', entry('from: a', 'match: ""', 'platforms: [linux/amd64, linux/arm64]'), wrong('6:5')],
  ['a destination that climbs', entry('from: a', 'match: ""', 'to: ../../etc'), wrong('6:9')],
  ['an absolute destination', entry('from: a', 'match: ""', 'to: /etc'), wrong('6:9')],
  ['a destination with a tag', entry('from: a', 'match: ""', 'to: b:1'), wrong('6:9')],
  ['a long destination', entry('from: a', 'match: ""', `to: ${'a'.repeat(235)}`), wrong('6:9')],
];

function wrong(...places: string[]): string[] {
  return places.map((place) => `manifest-wrong-value ${place}`);
}

describe('a list is refused that holds', () => {
  it.each(HOLDS)('%s', (_, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });

  it('many mistakes, and all are told at once', () => {
    const text = `version: 1\nto: here\nimages:\n  - from: a:1\n    match: "["\n    semver: new\n  - fromm: b\n    platforms: [x, y]\n`;
    expect(placesOf(text)).toEqual([
      ...wrong('2:5', '4:11', '5:12', '6:13'),
      'manifest-unknown-key 7:5',
      'manifest-missing-key 7:5',
      'manifest-wrong-value 8:5',
    ]);
  });

  it.each([
    ['a:1', 'images[0].from is "a:1", which names a tag', 'Write the repository, and beside it tags: ["1"].'],
    [
      'oci:a',
      'images[0].from is "oci:a", which is not a repository of a registry',
      'Copy single images with "tbuild copy".',
    ],
  ])('%s, and the message says what to do', (from, message, hint) => {
    expect(problemsOf(entry(`from: ${from}`, 'match: ""'))).toMatchObject([{ message, hint }]);
  });

  it('several platforms, and the message says why', () => {
    expect(problemsOf(entry('from: a', 'match: ""', 'platforms: [linux/amd64, linux/arm64]'))).toMatchObject([
      { message: 'images[0].platforms names 2 platforms, and several platforms would need a new index' },
    ]);
  });
});

describe('where images go', () => {
  it.each([
    ['registry.example.com', 'docker://registry.example.com/library/alpine:3.19'],
    ['docker://registry.example.com/a/b', 'docker://registry.example.com/a/b/library/alpine:3.19'],
    ['registry.example.com/', 'docker://registry.example.com/library/alpine:3.19'],
    ['localhost/a', 'docker://localhost/a/library/alpine:3.19'],
    ['127.0.0.1:5000', 'docker://127.0.0.1:5000/library/alpine:3.19'],
    ['[::1]:5000/x', 'docker://[::1]:5000/x/library/alpine:3.19'],
    ['index.docker.io/org', 'docker://docker.io/org/library/alpine:3.19'],
    ['oci:out', 'oci:out/library/alpine:3.19'],
    ['oci:/srv/images/', 'oci:/srv/images/library/alpine:3.19'],
    ['dir:out', 'dir:out/library/alpine:3.19'],
    ['dir:a:b', 'dir:a:b/library/alpine:3.19'],
  ])('%s', (text, expected) => {
    const target = parseSyncTarget(text) as SyncTarget;
    expect(target).not.toHaveProperty('reason');
    expect(renderReference(syncDestination(target, 'library/alpine', '3.19'))).toBe(expected);
  });

  it.each([
    ...['', 'mirror', 'mirror/a', 'https://registry.example.com', 'registry.example.com/A'],
    ...['registry.example.com/a:1', `registry.example.com/a@${DIGEST}`, 'registry.example.com/../a', 'a b.c/d'],
    ...[
      'oci:',
      'oci:a:b',
      'dir:',
      'dir:a\0b',
      'oci-archive:a.tar',
      'docker-archive:a.tar',
      'docker-daemon:a',
      'registry:99999',
    ],
  ])('is not %j', (text) => {
    expect(parseSyncTarget(text)).toMatchObject({ reason: expect.any(String) });
  });

  it.each(['a/blobs', 'a/b/index.json', 'a/oci-layout/b'])('is not a repository %s of layouts', (repository) => {
    const text = entry('from: a', 'match: ""', `to: ${repository}`);
    expect(placesOf(text.replace('registry.example.com/mirror', 'oci:out'))).toEqual(wrong('6:9'));
    expect(placesOf(text.replace('registry.example.com/mirror', 'dir:out'))).toEqual([]);
    expect(placesOf(text)).toEqual([]);
  });

  it('is never outside of the directory', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '/', '\\', '%2e%2e', '~', '-', ':', '@', 'b.c', '\0');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = `version: 1\nto: dir:out\nimages:\n  - { from: a, match: "", to: ${JSON.stringify(parts.join('/'))} }\n`;
        if (problemsOf(text).length > 0) return;
        const { target, entries } = parse(text);
        expect(renderReference(syncDestination(target, entries[0]!.repository, 't'))).toMatch(
          /^dir:out(\/[a-z][a-z.]*)+:t$/,
        );
      }),
    );
  });
});

describe('a hostile list', () => {
  it.each<[title: string, text: string, expected: readonly string[]]>([
    ['an alias', `${HEAD}  - &a { from: a, match: "" }\n  - *a\n`, ['yaml-alias 5:5']],
    ['a merge', entry('<<: {}', 'from: a', 'match: ""'), ['yaml-alias 4:5']],
    ['a tag of YAML', entry('from: !!str a', 'match: ""'), ['yaml-tag 4:11']],
    ['two documents', `${entry('from: a', 'match: ""')}---\nversion: 1\n`, ['yaml-many-documents 6:1']],
    ['names of JavaScript', entry('from: a', 'match: ""', '__proto__: { latest: 1 }'), ['manifest-unknown-key 6:5']],
    ['lists in lists', `${HEAD}  - ${'['.repeat(20_000)}\n`, ['yaml-too-deep 4:67']],
    ['a MiB and more', `${HEAD}#${'x'.repeat(1024 * 1024)}`, ['manifest-too-large']],
  ])('with %s is refused', (_, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });

  it('is called by its own name', () => {
    expect(problemsOf(`${HEAD}  - &a { from: a, match: "" }\n  - *a\n`)).toMatchObject([
      {
        message: '"*a" is a YAML alias, which sync.yaml does not use',
        hint: 'Write the value again; a text that begins with "*" needs quotes.',
      },
    ]);
  });

  it('of a thousand costly patterns takes bounded time', () => {
    const costly = '[a-z]\\w'.repeat(28);
    const images = Array.from(
      { length: 1000 },
      (_, index) => `  - { from: a${index}, match: '${costly}', exclude: '${costly}' }\n`,
    );
    expect(parse(HEAD + images.join('')).entries).toHaveLength(1000);
  }, 20_000);

  it('of more entries than that is refused', () => {
    expect(placesOf(HEAD + '  - { from: a, match: "" }\n'.repeat(1001))).toEqual(['manifest-wrong-value 3:1']);
  });
});

describe('schema/sync.schema.json', () => {
  const text = readFileSync(join(root, 'schema/sync.schema.json'), 'utf8');
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(JSON.parse(text));

  it('is what syncSchema gives', () => {
    expect(syncSchema).toEqual(JSON.parse(text));
  });

  it('describes every field, and lets no map have others', () => {
    const silent: string[] = [];
    const visit = (part: Readonly<Record<string, unknown>>, at: string): void => {
      if (part.description === undefined && part.$ref === undefined) silent.push(at);
      if (part.type === 'object' && part.additionalProperties !== false) silent.push(at);
      const below = Object.entries({ ...(part.properties ?? {}), ...(part.$defs ?? {}) });
      if (part.items !== undefined) below.push(['items', part.items]);
      for (const [name, member] of below) visit(member as typeof part, `${at}/${name}`);
    };
    visit(syncSchema as Readonly<Record<string, unknown>>, '#');
    expect(silent).toEqual([]);
  });

  it('accepts in an editor what tbuild accepts', () => {
    const good = entry('from: alpine', `tags: [a, "b@${DIGEST}"]`, 'match: ""', 'semver: 3.x', 'latest: 1');
    expect(validate(parseYaml(good)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parseYaml(entry('from: alpine', 'tags: a')))).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TbuildError } from '../../../src/errors/index.js';
import { parseForeign } from '../../../src/manifest/import/parse-foreign.js';
import { failureOf } from '../../support/failure-of.js';
import { parse } from '../support.js';
import { importText } from './support.js';

describe('the format', () => {
  it.each([
    ['smith', 'package: a\nentrypoint: [/a]\n'],
    ['smith', 'cmd: [/a]\ndir: /\n'],
    ['apko', 'contents: {}\nentrypoint: {}\n'],
    ['apko', 'environment: {}\n'],
  ])('is %s by its keys: %j', (format, text) => {
    expect(importText(text).format).toBe(format);
  });

  it.each([
    ['version: 1\nbase: scratch\n', '"foreign.yaml" is an image.yaml already'],
    ['version: 1\nbase: scratch\nlayers: []\nannotations: {}\n', '"foreign.yaml" is an image.yaml already'],
    ['cmd: [/a]\n', 'What tool "foreign.yaml" is for cannot be told from its keys'],
    ['package: a\ncontents: {}\n', 'What tool "foreign.yaml" is for cannot be told from its keys'],
  ])('cannot be told: %j', async (text, message) => {
    const error = await failureOf(() => importText(text));
    expect([error.code, error.message, error.at?.line]).toEqual(['usage', message, 1]);
    if (!message.includes('already')) expect(error.hint).toContain('--format smith or --format apko');
  });
});

describe('a file that is wrong', () => {
  it.each<[string, readonly string[]]>([
    ['', ['manifest-empty 1:1']],
    ['- a\n', ['manifest-wrong-type 1:1']],
    ['contents: [a]\n', ['manifest-wrong-type 1:1']],
    [
      'contents: { packages: a }\ncmd: [a]\nvolumes: {}\n',
      ['manifest-wrong-type 1:23', 'manifest-wrong-type 2:1', 'manifest-wrong-type 3:1'],
    ],
    [
      'paths: [{ path: /a, type: directory, permissions: "0755", recursive: 1 }]\n',
      ['manifest-wrong-type 1:51', 'manifest-wrong-type 1:70'],
    ],
    ['paths: [a]\n', ['manifest-wrong-type 1:9']],
    ['contents: &a {}\nenvironment: *a\n', ['yaml-alias 2:14']],
    ['contents: {}\ncontents: {}\n', ['yaml-duplicate-key 2:1']],
    ['contents: {\n', ['yaml-syntax 2:1']],
  ])('is refused with the places of what is wrong: %j', async (text, places) => {
    const error = await failureOf(() => parseForeign(Buffer.from(text), { file: 'a', format: 'apko' }));
    const problems = error.problems.length === 0 ? [error] : error.problems;
    expect(problems.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`)).toEqual(places);
  });

  it('may have a version of its own', () => {
    expect(importText('version: 7\ncontents: {}\n').warnings).toHaveLength(1);
  });
});

const word = fc.oneof(
  fc.constantFrom(
    'a',
    '/a',
    '/a/b',
    '/',
    '..',
    '/..',
    'a:b',
    'A=1',
    'a=${b}',
    '80/tcp',
    'x y',
    '10:10',
    'all',
    'amd64',
    'yes',
    '~',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !/\p{Cs}/u.test(text)),
);
const scalar = fc.oneof(word, fc.nat(), fc.boolean(), fc.constant(null));
const words = fc.array(word, { maxLength: 4 });
const key = word.filter((name) => !(name in Object.prototype) && name !== '<<');
const byName = fc.dictionary(key, scalar, { maxKeys: 4 });
const some = <T>(members: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(members, { requiredKeys: [] });
const lists = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });

const apko = some({
  contents: some({
    packages: fc.array(fc.oneof(word, fc.constantFrom('curl', 'bash=1', 'musl'))),
    repositories: words,
  }),
  entrypoint: some({
    command: word,
    type: fc.constantFrom('service-bundle', 'x'),
    services: byName,
    'shell-fragment': word,
  }),
  ...{ cmd: word, 'stop-signal': word, 'work-dir': word, 'vcs-url': word, archs: words, volumes: words },
  accounts: some({
    'run-as': scalar,
    users: lists(some({ username: word, uid: fc.nat(3), gid: fc.nat(), shell: word, homedir: word })),
    groups: lists(some({ groupname: word, gid: fc.nat(3), members: words })),
  }),
  ...{ environment: byName, annotations: byName, 'os-release': some({ id: word, name: word }) },
  paths: lists(
    some({
      ...{ path: word, source: word, uid: fc.nat(), gid: fc.nat(), permissions: fc.nat(5000), recursive: fc.boolean() },
      type: fc.constantFrom('directory', 'symlink', 'hardlink', 'empty-file', 'permissions', 'x'),
    }),
  ),
  layering: some({ strategy: fc.constantFrom('origin', 'x'), budget: fc.nat(200) }),
  certificates: some({ additional: lists(some({ name: word, content: word })) }),
});

const smith = some({
  ...{
    type: fc.constantFrom('', 'mock', 'oci', 'x'),
    package: fc.oneof(word, fc.constantFrom('curl', 'https://a.example/b', 'a.tgz')),
  },
  ...{
    paths: words,
    excludes: words,
    parent: word,
    nss: fc.boolean(),
    root: fc.boolean(),
    user: scalar,
    groups: words,
  },
  ...{ mounts: words, entrypoint: words, cmd: words, dir: word, env: words, labels: byName },
  ports: fc.dictionary(key, fc.constant({}), { maxKeys: 3 }),
});

describe('what is imported', () => {
  it.each([
    ['apko', apko],
    ['smith', smith],
  ] as const)(
    'is an image.yaml that a terminal can show, and its warnings stand in the file: %s',
    (format, arbitrary) => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const file = Buffer.from(
            stringify(value, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0, aliasDuplicateObjects: false }),
          );
          let imported: ReturnType<typeof parseForeign>;
          try {
            imported = parseForeign(file, { file: 'foreign.yaml', format });
          } catch (error) {
            // Only YAML that is none gets here: names that are no text, and characters that YAML does not have.
            if (error instanceof TbuildError) return fc.pre(false);
            throw error;
          }
          expect(() => parse(imported.text)).not.toThrow();
          expect(imported.text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          const lines = file.toString().split('\n');
          for (const { at } of imported.warnings)
            expect(at.column - 1 + at.length).toBeLessThanOrEqual(Math.max(1, lines[at.line - 1]!.length));
          return true;
        }),
        { numRuns: 60 },
      );
    },
  );

  it('is the same text for the same file', () => {
    const text = 'contents: { packages: [curl, foo] }\nenvironment: { B: "1", A: "2" }\n';
    expect(importText(text)).toEqual(importText(text));
  });
});

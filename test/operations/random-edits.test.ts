import { chmodSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { applyImage, planImage, verifyImage } from '../../src/operations/index.js';
import type { Plan } from '../../src/plan/index.js';
import { type Workspace, workspace } from './support.js';

const host = createNodeHost();

/** What an image is made of; every part may be edited on its own. */
interface Sources {
  readonly files: Readonly<Record<string, { readonly text: string; readonly isExecutable: boolean }>>;
  readonly motd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string;
  readonly mode: string;
  readonly owner: string;
  readonly command: string;
  readonly input: string;
  readonly header: string;
  readonly copies: number;
}

const NAMES = ['a', 'b', 'c', 'd'];
const TEXTS = ['', 'x', 'y', '2025-01-01', 'long '.repeat(30)];

const START: Sources = {
  files: {
    a: { text: 'x', isExecutable: false },
    b: { text: 'x', isExecutable: true },
    c: { text: 'c', isExecutable: false },
  },
  motd: 'hello',
  env: { A: '1', B: '2' },
  labels: { l: '1' },
  target: '/srv/a',
  mode: '0755',
  owner: '0:0',
  command: 'cat in.txt',
  input: 'in',
  header: 'h',
  copies: 1,
};

const yamlOf = (it: Sources): string => `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  one: { run: '${it.command} h.txt > "$OUT/one"', inputs: { include: [in.txt, h.txt] }, tools: [cat], sandbox: relaxed }
  two: { run: 'cat "$IN/one/one" > "$OUT/two"', needs: { one: one }, tools: [cat], sandbox: relaxed }
layers:
  - name: site
    contents:
      - { files: site, to: /srv }
      - { text: ${JSON.stringify(it.motd)}, to: /etc/motd }
      - { symlink: ${it.target}, to: /link, owner: "${it.owner}" }
      - { directory: /data, mode: "${it.mode}" }
${it.copies > 1 ? '      - { files: site/a, to: /copy/ }\n' : ''}  - name: one
    contents: [{ artifact: one, to: /bin }]
  - name: two
    contents: [{ artifact: two, to: /lib }]
config:
  env: ${JSON.stringify(it.env)}
  labels: ${JSON.stringify(it.labels)}
`;

function write(made: Workspace, it: Sources): void {
  made.write('image.yaml', yamlOf(it));
  made.write('in.txt', it.input);
  made.write('h.txt', it.header);
  for (const name of NAMES) {
    const file = it.files[name];
    rmSync(made.path(`site/${name}`), { force: true });
    if (file === undefined) continue;
    made.write(`site/${name}`, file.text);
    chmodSync(made.path(`site/${name}`), file.isExecutable ? 0o755 : 0o644);
  }
}

/** What is not the same in two sources, as any of the commands must name it: a path or field, and words of its cause. */
type News = readonly (readonly [what: string, words: string])[];

function newsOf(before: Sources, after: Sources): News {
  const files = NAMES.flatMap((name): [string, string][] => {
    const [old, now] = [before.files[name], after.files[name]];
    const path = `/srv/${name}`;
    if (old === undefined && now === undefined) return [];
    if (old === undefined) return [[path, `site/${name} is new`]];
    if (now === undefined) return [[path, `site/${name} is gone`]];
    if (old.text !== now.text) return [[path, `site/${name} changed`]];
    return old.isExecutable === now.isExecutable ? [] : [[path, `mode of site/${name}`]];
  });
  const maps = (['env', 'labels'] as const).flatMap((map) =>
    [...new Set([...Object.keys(before[map]), ...Object.keys(after[map])])]
      .filter((key) => before[map][key] !== after[map][key])
      .map((key): [string, string] => [`${map}.${key}`, `${map}.${key}`]),
  );
  const facts: [string, string][] = [];
  const add = (name: keyof Sources, path: string, words: string): void => {
    if (before[name] !== after[name]) facts.push([path, words]);
  };
  add('motd', '/etc/motd', 'text at /etc/motd changed');
  add('mode', '/data', `mode of directory /data in the manifest: ${before.mode} → ${after.mode}`);
  if (before.target !== after.target) add('target', '/link', `target`);
  if (before.owner !== after.owner) add('owner', '/link', 'owner');
  return [...files, ...maps, ...facts, ...builtNews(before, after)];
}

const outputOf = (it: Sources): string => it.input.repeat(it.command.split('in.txt').length - 1) + it.header;

/** Every input that changed accounts for an output that did, and no other. */
function builtNews(before: Sources, after: Sources): News {
  if (outputOf(before) === outputOf(after)) return [];
  const causes = [
    ...(before.command === after.command ? [] : ['command']),
    ...(before.header === after.header ? [] : ['h.txt']),
    ...(before.input === after.input ? [] : ['in.txt']),
  ];
  return [
    ...causes.map((cause): [string, string] => ['/bin/one', `${cause} changed`]),
    ['/lib/two', 'artifact two: artifact one changed'],
  ];
}

type Edit = (it: Sources) => Sources;
const set = <K extends keyof Sources>(key: K, value: fc.Arbitrary<Sources[K]>): fc.Arbitrary<Edit> =>
  value.map((next) => (it) => ({ ...it, [key]: next }));
const changed = (map: 'env' | 'labels'): fc.Arbitrary<Edit> =>
  fc
    .tuple(fc.constantFrom('A', 'B', 'C', 'l'), fc.option(fc.constantFrom('1', '2', 'x y'), { nil: undefined }))
    .map(([key, value]) => (it) => {
      const { [key]: _, ...rest } = it[map];
      return { ...it, [map]: value === undefined ? rest : { ...rest, [key]: value } };
    });
const file: fc.Arbitrary<Edit> = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.option(fc.record({ text: fc.constantFrom(...TEXTS), isExecutable: fc.boolean() }), { nil: undefined }),
  )
  .map(([name, next]) => (it) => {
    const { [name]: _, ...rest } = it.files;
    return {
      ...it,
      files: next === undefined && Object.keys(rest).length > 0 ? rest : { ...rest, [name]: next ?? it.files[name]! },
    };
  });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: file },
  changed('env'),
  changed('labels'),
  set('motd', fc.constantFrom(...TEXTS)),
  set('target', fc.constantFrom('/srv/a', 'b', '../x')),
  set('mode', fc.constantFrom('0755', '0700', '1777')),
  set('owner', fc.constantFrom('0:0', '5:5')),
  set('command', fc.constantFrom('cat in.txt', 'cat in.txt in.txt')),
  set('input', fc.constantFrom('in', 'inin', 'x')),
  set('header', fc.constantFrom('h', 'i')),
);

const planLines = ({ platforms: [platform] }: Plan): readonly string[] => [
  ...platform!.layers.flatMap(({ changes }) => changes.map(({ path, cause }) => `${path} ${cause.text}`)),
  ...platform!.config.map(({ field, cause }) => `${field} ${cause.text}`),
];

/** Each news has a line that is about it, and no line is about anything else. */
function expectNews(lines: readonly string[], news: News): void {
  for (const [what, words] of news) {
    expect(
      lines.some((line) => line.startsWith(`${what} `) && line.includes(words)),
      `${what}: ${words} in\n${lines.join('\n')}`,
    ).toBe(true);
  }
  const named = new Set(news.map(([what]) => what));
  expect(
    lines.map((line) => line.slice(0, line.indexOf(' '))).filter((what) => !named.has(what)),
    lines.join('\n'),
  ).toEqual([]);
}

describe('random edits of what an image is made of', () => {
  it('are each named by plan and verify, with the cause, and nothing else is', { timeout: 600_000 }, async () => {
    const made = workspace({ 'image.yaml': yamlOf(START), 'in.txt': 'in', 'h.txt': 'h', 'site/a': 'x' });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        write(made, START);
        await applyImage(host, { ...made.request, destinations: [] });
        const after = edits.reduce((it, next) => next(it), START);
        write(made, after);
        const news = newsOf(START, after);
        const { differences } = await verifyImage(host, made.request);
        expectNews(
          differences.map(({ path, cause }) => `${path} ${cause}`),
          news,
        );
        await applyImage(host, { ...made.request, destinations: [], cacheDirectory: `${made.directory}/other` });
        const plan = await planImage(host, made.request);
        const unknown = plan.platforms[0]!.layers.filter(({ status }) => status === 'unknown').map(({ name }) => name);
        const known = news.filter(
          ([what]) =>
            !(what.startsWith('/bin') && unknown.includes('one')) &&
            !(what.startsWith('/lib') && unknown.includes('two')),
        );
        expectNews(planLines(plan), known);
      }),
      { numRuns: Number(process.env.EDITS ?? 12) },
    );
  });
});

import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/index.js';
import { applyPlan, jsonSchema, planImages } from '../../src/operations/index.js';
import { parseSavedPlan, planSchema, renderSavedPlan, type SavedPlan, savedPlanSchema } from '../../src/plan/index.js';
import { failureOf } from '../support/failure-of.js';
import { layerOf, makeImage, putImage } from '../support/registry/images.js';
import { root } from '../support/root.js';
import { host } from './record-support.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const MANIFEST = (base: string) => `version: 1
platforms: [linux/amd64]
base: ${base}
created: 1700000000
artifacts:
  first:
    run: mytool src/main.c > "$OUT/main"
    inputs: { include: ["src/**"] }
    tools: [mytool, cat]
    sandbox: relaxed
  second:
    run: mytool "$IN/first/main" other.c > "$OUT/second"
    inputs: { include: [other.c] }
    needs: { first: first }
    tools: [mytool, cat]
    sandbox: relaxed
layers:
  - name: pages
    contents:
      - files: ./pages
        to: /srv
  - name: programs
    contents:
      - artifact: second
        to: /usr/bin
      - files: ./etc
        to: /etc/app
config:
  cmd: [/usr/bin/second]
`;

const baseImage = async (seed: number) =>
  makeImage({ layers: [await layerOf({ 'bin/app': `app ${seed}` })], gzip: true, seed });

/** A machine that has a program more, a script in the directory. */
function hostWith(program: string): Host {
  const findProgram: Host['processes']['findProgram'] = (name) =>
    name === 'mytool' ? program : host.processes.findProgram(name);
  return { ...host, processes: { ...host.processes, findProgram } };
}

/** An image.yaml with everything in it that can move, and the plan that was saved for it. */
async function planned() {
  const registry = await openRegistry();
  const base = registry.repository('base');
  putImage(base, await baseImage(1), '1');
  const made = strangerWorkspace({
    'image.yaml': MANIFEST(`${registry.authority}/base:1`),
    'pages/a.txt': 'a\n',
    'pages/b.txt': 'b\n',
    'etc/conf': 'conf\n',
    'src/main.c': 'main\n',
    'other.c': 'other\n',
    'tools/mytool': '#!/bin/sh\ncat "$@"\n',
  });
  chmodSync(made.path('tools/mytool'), 0o755);
  const machine = hostWith(made.path('tools/mytool'));
  const { file, ...request } = made.request;
  const output = made.path('plans/plan.json');
  mkdirSync(made.path('plans'));
  const plan = (more: object = {}) => planImages(machine, { ...request, files: [file], output, ...more });
  const apply = (more: object = {}) => applyPlan(machine, { ...request, plan: output, destinations: [], ...more });
  return { ...made, registry, base, output, plan, apply, request };
}

const read = (path: string): SavedPlan => JSON.parse(readFileSync(path, 'utf8'));

describe('a saved plan', () => {
  it('is applied as it was planned, while nothing moves', async () => {
    const { plan, apply, output, path } = await planned();
    const { images } = await plan();
    expect(images[0]!.plan.digest).toBe(null);
    const { facts, file } = read(output).images[0]!.inputs;
    expect(file).toBe('../image.yaml');
    expect(Object.keys(facts)).toEqual([...Object.keys(facts)].sort());
    expect(JSON.stringify(read(output).images[0]!.inputs)).not.toContain(path('pages'));
    const applied = await apply();
    expect(applied.images[0]!.result.digest).toMatch(/^sha256:/);
    // What it made is what the plan is about: once more is the same.
    expect((await apply()).images[0]!.result.digest).toBe(applied.images[0]!.result.digest);
  });

  it('names everything that it rests on, also what waits for something else', async () => {
    const { plan, output, registry } = await planned();
    await plan();
    const names = Object.keys(read(output).images[0]!.inputs.facts);
    expect(names.filter((name) => !/: (?:tool|epoch|sandbox|env)/.test(name))).toEqual([
      'artifact first linux/amd64: command',
      'artifact first linux/amd64: input src/main.c',
      'artifact second linux/amd64: command',
      'artifact second linux/amd64: input other.c',
      'base linux/amd64',
      'created',
      'file etc/conf',
      'file pages/a.txt',
      'file pages/b.txt',
      'layer pages linux/amd64',
      'lock',
      'manifest',
      `tag ${registry.authority}/base:1`,
    ]);
    expect(names.filter((name) => name.startsWith('artifact second linux/amd64: tool mytool'))).not.toEqual([]);
  });

  type World = Awaited<ReturnType<typeof planned>>;
  const edited = (text: string, from: string, to: string): string => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };
  const editManifest = ({ path, write }: World, from: string, to: string): void =>
    write('image.yaml', edited(readFileSync(path('image.yaml'), 'utf8'), from, to));

  const moves: readonly (readonly [name: string, what: string | RegExp, move: (world: World) => unknown])[] = [
    ['a file changed', 'file pages/a.txt', ({ write }) => write('pages/a.txt', 'other\n')],
    ['a file came', 'file pages/new.txt', ({ write }) => write('pages/new.txt', 'new\n')],
    ['a file went', 'file pages/b.txt', ({ path }) => rmSync(path('pages/b.txt'))],
    ['a file may be executed now', 'file pages/a.txt', ({ path }) => chmodSync(path('pages/a.txt'), 0o755)],
    [
      'a file became a link',
      'file pages/a.txt',
      ({ path }) => {
        rmSync(path('pages/a.txt'));
        symlinkSync('b.txt', path('pages/a.txt'));
      },
    ],
    [
      'a file of a layer changed that nothing is known of yet',
      'file etc/conf',
      ({ write }) => write('etc/conf', 'x\n'),
    ],
    [
      'an input of an artifact changed',
      'artifact first linux/amd64: input src/main.c',
      ({ write }) => write('src/main.c', 'other\n'),
    ],
    [
      'an input of an artifact came',
      'artifact first linux/amd64: input src/new.c',
      ({ write }) => write('src/new.c', ''),
    ],
    [
      'an input of an artifact changed that waits',
      'artifact second linux/amd64: input other.c',
      ({ write }) => write('other.c', 'x\n'),
    ],
    [
      'a tool changed',
      /^artifact first linux\/amd64: tool mytool/,
      ({ write }) => write('tools/mytool', '#!/bin/sh\ncat "$@" # new\n'),
    ],
    ['a command changed', 'manifest', (world) => editManifest(world, 'src/main.c >', 'src/main.c src/main.c >')],
    ['a setting changed', 'manifest', (world) => editManifest(world, '[/usr/bin/second]', '[/usr/bin/other]')],
    ['the time changed', 'manifest', (world) => editManifest(world, '1700000000', '1700000001')],
    ['a tag came', 'manifest', (world) => editManifest(world, 'version: 1\n', 'version: 1\ntags: [v1]\n')],
    ['the tag of the base moved', /^tag .*\/base:1$/, async ({ base }) => putImage(base, await baseImage(2), '1')],
    [
      'the lock went, and the tag moved',
      'lock',
      async ({ base, path }) => {
        rmSync(path('image.lock.json'));
        putImage(base, await baseImage(2), '1');
      },
    ],
    [
      'a pin in the lock changed',
      'lock',
      async (world) => {
        const { base, path, plan } = world;
        putImage(base, await baseImage(2), '1');
        rmSync(path('image.lock.json'));
        await plan({ output: path('plans/other.json') });
      },
    ],
  ];

  it.each(moves)('is refused where %s', async (_, what, move) => {
    const world = await planned();
    await world.plan();
    await move(world);
    const failure = await failureOf(world.apply({ destinations: [] }));
    expect(failure).toMatchObject({ code: 'plan-stale', exit: 4 });
    const moved = failure.details.moved as readonly string[];
    const [first] = moved.map((line) => /^\S+: (.+): \S.* → \S.*$/.exec(line)![1]!);
    expect(first).toEqual(typeof what === 'string' ? what : expect.stringMatching(what));
    expect(failure.message).toContain(` since ${first} of `);
    expect(failure.problems[0]).toMatchObject({
      code: 'plan-stale',
      details: { expected: expect.stringMatching(/^(nothing|sha256:)/), found: expect.stringMatching(/^(nothing|s)/) },
    });
    expect(failure.problems.length).toBe(Math.min(20, moved.length));
  });

  const stays: readonly (readonly [name: string, touch: (world: World) => unknown])[] = [
    [
      'files were only touched',
      ({ path }) => {
        for (const name of ['pages/a.txt', 'src/main.c', 'image.yaml']) utimesSync(path(name), 1, 1);
      },
    ],
    ['a comment came', (world) => editManifest(world, 'version: 1\n', '# a comment\nversion:   1 # one\n')],
    ['a file came that nobody takes', ({ write }) => write('notes.txt', 'x')],
    ['the registry is down', ({ registry }) => registry.close()],
    ['the lock tells more of the base', async ({ apply }) => apply()],
  ];

  it.each(stays)('holds where %s', async (_, touch) => {
    const world = await planned();
    await world.plan();
    await touch(world);
    expect((await world.apply()).images).toHaveLength(1);
  });

  it('asks the registry of a base once, and not at all where the lock is frozen', async () => {
    const { plan, registry, output } = await planned();
    await plan();
    requestsOf(registry);
    await plan();
    expect(requestsOf(registry)).toEqual(['HEAD base/manifests/1']);
    await plan({ frozen: true });
    expect(requestsOf(registry)).toEqual([]);
    expect(Object.keys(read(output).images[0]!.inputs.facts).filter((name) => name.startsWith('tag '))).toEqual([]);
  });

  it('is the same wherever it is made', async () => {
    const [one, two] = [await planned(), await planned()];
    const inputs = async ({ plan, output, registry }: World) => {
      await plan();
      return JSON.stringify(read(output).images[0]!.inputs).replaceAll(registry.authority, 'registry');
    };
    const digests = /"(manifest|lock)":"[^"]+"/g;
    expect((await inputs(one)).replace(digests, '')).toBe((await inputs(two)).replace(digests, ''));
  });

  it('replaces what was saved before, whole', async () => {
    const { plan, output } = await planned();
    writeFileSync(output, 'x'.repeat(1_000_000));
    await plan();
    expect(read(output).version).toBe(1);
  });

  it('cannot be written where a directory is, or none', async () => {
    const { plan, path } = await planned();
    const asked = (output: string) => failureOf(plan({ output }));
    expect(await asked(path('pages'))).toMatchObject({
      code: 'output-failed',
      message: expect.stringMatching(/regular file$/),
    });
    expect(await asked(path('nowhere/plan.json'))).toMatchObject({ code: 'output-failed' });
  });

  it('cannot be read where there is none', async () => {
    const { apply, path } = await planned();
    const asked = (plan: string) => failureOf(apply({ plan }));
    expect(await asked(path('no.json'))).toMatchObject({
      code: 'plan-invalid',
      message: expect.stringMatching(/no such file$/),
    });
    expect(await asked(path('pages'))).toMatchObject({ code: 'plan-invalid' });
  });
});

describe('schema/saved-plan.schema.json', () => {
  const published = JSON.parse(readFileSync(join(root, 'schema/saved-plan.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).addSchema(
    planSchema as object,
    'plan.schema.json',
  );
  const validate = ajv.compile(published);
  /** A plan that can become anything. */
  type Draft = ReturnType<typeof JSON.parse>;

  async function saved(): Promise<string> {
    const { plan, output, apply, write } = await planned();
    await plan();
    await apply();
    write('pages/a.txt', 'other\n');
    await plan();
    return readFileSync(output, 'utf8');
  }

  it('is what tbuild gives', () => {
    expect(savedPlanSchema).toEqual(published);
    expect(jsonSchema('saved-plan')).toBe(savedPlanSchema);
  });

  it('is what tbuild writes, and reads as it was', async () => {
    const text = await saved();
    validate(JSON.parse(text));
    expect(validate.errors).toBe(null);
    const parsed = parseSavedPlan(Buffer.from(text), 'plan.json');
    expect(Buffer.from(renderSavedPlan(parsed)).toString()).toBe(text);
  });

  it('refuses what tbuild refuses, which says where', async () => {
    const text = await saved();
    const image = (draft: Draft) => draft.images[0];
    const pages = (draft: Draft) => image(draft).plan.platforms[0].layers[0];
    const edits: readonly (readonly [edit: (draft: Draft) => void, message: RegExp])[] = [
      [(it) => (it.images = {}), /"images" is an object, not a list$/],
      [(it) => delete image(it).inputs, /the member "inputs" of "images\[0\]" is missing$/],
      [(it) => (image(it).role = 'both'), /"images\[0\].role" is "both", not "asked" or "base"$/],
      [(it) => (image(it).inputs.file = 1), /"images\[0\].inputs.file" is 1, not a text$/],
      [(it) => (image(it).inputs.file = ''), /of the form \.$/],
      [(it) => (image(it).inputs.facts.manifest = null), /facts.manifest" is null, not a text$/],
      [(it) => delete image(it).inputs.facts.created, /the member "created"/],
      [(it) => (image(it).plan.digest = 'sha256:../x'), /plan.digest" is "sha256:\.\.\/x", not a text of the form/],
      [(it) => (image(it).plan.previous = []), /plan.previous" is a list, not null or an object$/],
      [(it) => (pages(it).status = 'gone'), /layers\[0\].status" is "gone"/],
      [(it) => (pages(it).files = -1), /layers\[0\].files" is -1, not at least 0$/],
      [(it) => delete pages(it).changes[0].cause, /the member "cause" of .*changes\[0\]" is missing$/],
      [(it) => (image(it).plan.summary.changed = 1), /summary.changed" is 1, not true or false$/],
    ];
    for (const [edit, message] of edits) {
      const draft = JSON.parse(text);
      edit(draft);
      const bytes = Buffer.from(JSON.stringify(draft, null, 2));
      const failure = await failureOf(Promise.resolve().then(() => parseSavedPlan(bytes, 'plan.json')));
      expect(failure).toMatchObject({
        code: 'plan-invalid',
        message: expect.stringMatching(message),
        at: { file: 'plan.json', line: expect.any(Number) },
      });
      expect(validate(draft)).toBe(false);
    }
  });

  it.each([
    ['no JSON', 'plan', /where a value should be$/],
    ['something behind it', '{} {}', /stands where the end of the file should be$/],
    ['another version', '{"version":2}', /is of version 2, and this tbuild reads 1$/],
    ['another format', '{"version":1,"format":7}', /is for byte format 7/],
    ['a member twice', '{"version":1,"version":1}', /the member "version" twice/],
    ['no end of nesting', '['.repeat(100_000), /nested deeper than 64/],
    ['an empty object', '{}', /the member "version" is missing$/],
    ['other bytes', Buffer.from([0xff, 0xfe]), /is not UTF-8 text$/],
  ])('is not needed to refuse %s', async (_, content, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const failure = await failureOf(Promise.resolve().then(() => parseSavedPlan(bytes, 'plan.json')));
    expect(failure).toMatchObject({ code: 'plan-invalid', message: expect.stringMatching(message) });
  });
});

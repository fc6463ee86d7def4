import { chmodSync, renameSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gather } from '../../src/artifact/gather.js';
import { prepareArtifact } from '../../src/artifact/index.js';
import { digestOf } from '../../src/oci/index.js';
import { digestOfTree, treeOf } from '../../src/tree/index.js';
import { failureOf, lay } from '../inputs/support.js';
import { file } from '../tree/support.js';
import { artifact, type Bench, type BenchOptions, onBench } from './support.js';

const layout = { 'src/a.c': 'a', 'src/build.sh!': 'b', 'src/l@': 'a.c', 'src/empty/': '', 'other.txt': 'o' };
const declared = { include: ['src'], tools: ['cat'], env: { A: '1' } } as const;
const declaration = artifact('cat src/a.c > "$OUT/a"', declared);

const keyOf = (given = declaration, options: BenchOptions = {}, change?: (bench: Bench) => void) =>
  onBench(
    layout,
    async (bench) => {
      change?.(bench);
      return (await bench.prepare(given)).key;
    },
    options,
  );

describe('the key of an artifact', () => {
  it('is made of what the command can see, by name', () =>
    onBench(layout, async ({ prepare, outputs }) => {
      const assets = treeOf([file('x')]);
      outputs.set('dist', assets);
      const { facts, status } = await prepare({ ...declaration, needs: { assets: 'dist' }, perPlatform: true });
      expect(status).toBe('runs');
      expect(facts).toEqual({
        command: expect.stringMatching(/^sha256:/),
        epoch: '1000000000',
        platform: 'linux/amd64',
        sandbox: 'relaxed',
        'env A': digestOf('1'),
        'tool cat': expect.stringMatching(/^sha256:/),
        'tool sh': expect.stringMatching(/^sha256:/),
        'artifact assets': digestOfTree(assets),
        'input src/a.c': digestOf('a'),
        'input src/build.sh': `${digestOf('b')} executable`,
        'input src/empty': 'directory',
        'input src/l': `symlink ${digestOf('a.c')}`,
      });
    }));

  it('holds no path, time or name of this machine', async () => {
    const key = await keyOf();
    const elsewhere = await keyOf(declaration, {}, ({ directory }) => {
      for (const name of ['src/a.c', 'src']) utimesSync(join(directory, name), 1, 1);
      chmodSync(join(directory, 'src/a.c'), 0o640);
      chmodSync(join(directory, 'src/build.sh'), 0o700);
      writeFileSync(join(directory, 'other.txt'), 'not declared');
    });
    expect(elsewhere).toBe(key);
    expect(await keyOf({ ...declaration, name: 'other' })).toBe(key);
    expect(await keyOf(declaration, { platform: { os: 'linux', architecture: 'arm64' } })).toBe(key);
  });

  const changes: readonly [what: string, change: (bench: Bench) => void][] = [
    ['a file is written to', ({ directory }) => writeFileSync(join(directory, 'src/a.c'), 'A')],
    ['a file becomes executable', ({ directory }) => chmodSync(join(directory, 'src/a.c'), 0o755)],
    ['a file comes', ({ directory }) => writeFileSync(join(directory, 'src/new'), '')],
    ['a file goes', ({ directory }) => unlinkSync(join(directory, 'src/a.c'))],
    ['a file is renamed', ({ directory }) => renameSync(join(directory, 'src/a.c'), join(directory, 'src/b.c'))],
    [
      'a symlink leads elsewhere',
      ({ directory }) => {
        unlinkSync(join(directory, 'src/l'));
        lay(directory, { 'src/l@': 'build.sh' });
      },
    ],
    ['a directory comes', ({ directory }) => lay(directory, { 'src/more/': '' })],
  ];
  it.each(changes)('changes when %s', async (_what, change) => {
    expect(await keyOf(declaration, {}, change)).not.toBe(await keyOf());
  });

  it('changes with the command, the environment, the tools, the time and, where it counts, the platform', async () => {
    const arm64 = { platform: { os: 'linux', architecture: 'arm64' } };
    const keys = await Promise.all([
      keyOf(),
      keyOf(artifact('cat src/a.c >  "$OUT/a"', declared)),
      keyOf(artifact(['cat'], declared)),
      keyOf(artifact('cat', { ...declared, env: { A: '2' } })),
      keyOf(artifact('cat', { ...declared, env: { A: '1', B: '' } })),
      keyOf(artifact('cat', { ...declared, tools: ['cat', 'ls'] })),
      keyOf(declaration, { created: 1 }),
      keyOf({ ...declaration, perPlatform: true }),
      keyOf({ ...declaration, perPlatform: true }, arm64),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  const amd64 = { os: 'linux', architecture: 'amd64' };

  it('tells how far the command is shut in, whether it reaches the network, and where it begins', () =>
    onBench({ 'app/image.yaml': '', 'lib/a.c': 'a' }, async ({ context, directory }) => {
      const sandboxes = { ...context.sandboxes, stateFor: async () => ({ level: 'strict' as const }) };
      const given = { ...context, directory: join(directory, 'app'), sandboxes };
      const declared = artifact('x', { from: '..', include: ['lib/**'], network: true });
      const { facts } = await prepareArtifact(declared, amd64, given, new Map());
      expect(facts).toMatchObject({
        sandbox: 'strict',
        network: 'yes',
        directory: '_',
        'input lib/a.c': digestOf('a'),
      });
      const gathered = await gather({ declaration: declared, platform: amd64, outputs: new Map() }, given);
      expect(gathered.workingDirectory).toBe('_');
      expect(gathered.inputs.entries.map(({ path }) => path)).toEqual(['lib', 'lib/a.c']);
    }));

  it('is the same wherever all inputs lie, also for images that lie side by side below them', async () => {
    const keyIn = (place: string, include: readonly string[], from = '..') =>
      onBench({ [`${place}/x`]: '', 'one/a': 'a', 'two/a': 'a', 'one/_/y': '' }, async ({ context, directory }) => {
        const given = { ...context, directory: join(directory, place) };
        return (await prepareArtifact(artifact('x', { from, include }), amd64, given, new Map())).key;
      });
    expect(await keyIn('one/app', ['a'])).toBe(await keyIn('two/app', ['a']));
    expect(await keyIn('one/app', ['a'])).toBe(await keyIn('one/web', ['a']));
    // Where image.yaml lies among the inputs, or how far below them, can be seen by the command.
    expect(await keyIn('one/app', ['a', '*/x'])).not.toBe(await keyIn('one/web', ['a', '*/x']));
    expect(await keyIn('one/app', ['one/a'], '../..')).not.toBe(await keyIn('app', ['one/a']));
    expect(await keyIn('one/app', ['a', '_/y'])).not.toBe(await keyIn('one/web', ['a', '_/y']));
  });

  it('is not known while another artifact must be built first', () =>
    onBench(layout, async ({ prepare }) => {
      const prepared = await prepare({ ...declaration, needs: { assets: 'dist' } });
      expect(prepared).toEqual({
        name: 'server',
        status: 'waits',
        sandbox: { level: 'relaxed' },
        key: null,
        facts: null,
        wanted: undefined,
        output: undefined,
      });
    }));

  it('has no inputs where none are declared', () =>
    onBench(layout, async ({ prepare }) => {
      const { facts } = await prepare(artifact('true'));
      expect(Object.keys(facts!).filter((name) => name.startsWith('input '))).toEqual([]);
      const all = await prepare(artifact('true', { exclude: ['src'] }));
      expect(Object.keys(all.facts!).filter((name) => name.startsWith('input '))).toEqual(['input other.txt']);
    }));

  it.each([
    [
      'a tool that is not installed',
      artifact('x', { tools: ['no-such-program'] }),
      'artifact-tool',
      /"no-such-program", which is not on PATH/,
    ],
    ['a tool with a directory', artifact('x', { tools: ['/bin/sh'] }), 'artifact-tool', /"\/bin\/sh"/],
    [
      'a list that begins with no tool',
      artifact(['ls'], {}),
      'artifact-tool',
      /runs "ls", which is not one of its tools/,
    ],
    ['a variable that is set anyway', artifact('x', { env: { OUT: '/x' } }), 'manifest-wrong-value', /sets OUT/],
    ['a search path of its own', artifact('x', { env: { PATH: '/bin' } }), 'manifest-wrong-value', /sets PATH/],
    [
      'inputs from everywhere',
      artifact('x', { from: `..${'/..'.repeat(40)}`, include: ['x'] }),
      'manifest-wrong-value',
      /which is the root of this machine/,
    ],
    ['an input that is not there', artifact('x', { include: ['nothing'] }), 'input-empty', /"nothing" matches nothing/],
  ] as const)('cannot be made with %s', (_title, given, code, message) =>
    onBench(layout, async ({ prepare }) => {
      const error = await failureOf(() => prepare(given));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.at).toBeDefined();
    }),
  );
});

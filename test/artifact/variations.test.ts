import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSandboxes, type Variation } from '../../src/artifact/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { textOf } from '../inputs/support.js';
import { need } from '../support/programs.js';
import { artifact, onBench } from './support.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const layout = Object.fromEntries(names.map((name) => [`src/${name}`, name]));

/** What a command sees of each circumstance. */
const PROBES: Readonly<Record<Variation, { readonly script: string; readonly tools: readonly string[] }>> = {
  time: { script: 'date +%Y', tools: ['date'] },
  path: { script: 'pwd; echo "$OUT"', tools: [] },
  order: { script: 'ls -U src', tools: ['ls'] },
  cpus: { script: 'nproc', tools: ['nproc'] },
  locale: { script: 'date +%Z; echo "$LC_ALL"', tools: ['date'] },
};

const variations = Object.keys(PROBES) as Variation[];
const levels = need('bwrap') ? (['strict', 'relaxed'] as const) : (['relaxed'] as const);

function probe(variation: Variation, sandbox: 'strict' | 'relaxed', varied: readonly Variation[]) {
  const { script, tools } = PROBES[variation];
  const declaration = artifact(`(${script}) > "$OUT/x"`, { tools, sandbox, include: ['src'] });
  return onBench(layout, async ({ build }) => textOf((await build(declaration)).get('x')), { varied });
}

describe.each(levels)('the machine of a %s command', (sandbox) => {
  it.each(variations)('differs in one thing: %s', async (variation) => {
    const lack = await openSandboxes(createNodeHost()).lacks(variation, sandbox);
    if (lack !== undefined) return expect(lack).toMatch(/not installed|one processor|no directory/);
    const [plain, varied] = [await probe(variation, sandbox, []), await probe(variation, sandbox, [variation])];
    expect(varied).not.toBe(plain);
    const others = variations.filter((other) => other !== variation);
    // A relaxed command has another directory each time.
    if (sandbox === 'strict') expect(await probe(variation, sandbox, others)).toBe(plain);
  });

  it('differs in all at once, and nothing of that is left behind or in the cache', () => {
    const before = readdirSync('/dev/shm');
    const tools = ['ls', 'date', 'nproc'];
    const script = `(${Object.values(PROBES)
      .map((one) => one.script)
      .join('; ')}) > "$OUT/x"`;
    return onBench(
      layout,
      async ({ build, prepare }) => {
        const declaration = artifact(script, { tools, sandbox, include: ['src'] });
        expect((await textOf((await build(declaration)).get('x'))).split('\n').length).toBeGreaterThan(names.length);
        expect((await prepare(declaration)).status).toBe('runs');
        expect(
          readdirSync('/dev/shm').filter((name) => !before.includes(name) && /tbuild|faketime/.test(name)),
        ).toEqual([]);
      },
      { varied: variations },
    );
  });
});

describe('what cannot be varied', () => {
  it('is told with the reason', async () => {
    const host = createNodeHost();
    const bare = {
      ...host,
      env: { ...host.env, temporaryDirectory: '/nowhere', architecture: 'none', cpuCount: 1 },
      files: {
        ...host.files,
        stat: () => undefined,
        readFile: () => {
          throw Object.assign(new Error('nothing'), { code: 'ENOENT' });
        },
      },
    };
    const { lacks } = openSandboxes(bare);
    expect(await Promise.all(variations.map((variation) => lacks(variation, 'relaxed')))).toEqual([
      'libfaketime is not installed',
      undefined,
      'no directory of this machine lists names in the order they came',
      'this machine has one processor',
      undefined,
    ]);
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyArtifactExamples, npmPackages } from '../support/artifact-examples.js';
import { artifactExampleNames } from '../support/examples.js';
import { extractImage } from '../support/extract-image.js';
import { type NpmRegistry, startNpmRegistry } from '../support/npm/npm-registry.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { runTbuild, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { hasTools, toolPath } from '../support/tool-path.js';

type Name = (typeof artifactExampleNames)[number];

/** What of this machine builds them; CI has the first of these. */
const TOOLS: Readonly<Record<Name, readonly string[]>> = {
  'c-program': ['make', 'cc'],
  'node-app': ['node', 'npm'],
  'python-wheel': ['python3'],
  'go-binary': ['go'],
  'rust-binary': ['cargo', 'rustc', 'cc'],
};
const isOptional = (name: Name): boolean => ['go-binary', 'rust-binary'].includes(name);
const present = artifactExampleNames.filter((name) =>
  isOptional(name) ? hasTools(...TOOLS[name]) : need(...TOOLS[name]),
);

interface PlanFacts {
  readonly digest: string | null;
  readonly platforms: readonly {
    readonly artifacts: readonly { readonly status: string; readonly sandbox: { readonly level: string } }[];
  }[];
}

/** Some machines let nobody make namespaces. */
const hasSandbox = need('bwrap') && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true']).status === 0;
/** Debian has it apart from Python. */
const hasPip = spawnSync('/usr/bin/python3', ['-m', 'pip', '--version']).status === 0;
const env = { PATH: toolPath };
const TIDES = '04:26\n10:38\n16:50\n23:02';

describe.skipIf(!need('tar'))('the examples of artifacts', () => {
  const workspace = temporaryDirectory();
  const path = (...names: string[]): string => join(workspace.path, ...names);
  const digests = new Map<Name, string>();
  let registry: NpmRegistry;

  const apply = (directory: string, cache: string, ...more: readonly string[]): Promise<string> =>
    tbuild(['apply', directory, '--quiet', '--cache', path(cache), ...more], { env });

  /** What a plan says, and whether there is something to do. */
  async function planned(directory: string): Promise<{ readonly status: number | null; readonly plan: PlanFacts }> {
    const args = ['plan', directory, '--json', '--detailed-exitcode', '--local', '--cache', path('cache')];
    const { status, stdout } = await runTbuild(args, { env });
    return { status, plan: JSON.parse(stdout) };
  }

  /** A copy of an example, in a directory of that name. */
  function copyTo(directory: string, name: Name): string {
    cpSync(path(name), path(directory, name), { recursive: true });
    return path(directory, name);
  }

  beforeAll(async () => {
    registry = await startNpmRegistry(npmPackages);
    await copyArtifactExamples(workspace.path, registry);
    for (const name of present) {
      digests.set(name, await apply(path(name), 'cache', '-o', `oci:${path('layouts', name)}`));
      await extractImage(path('layouts', name), 'amd64', path('trees', name));
    }
  }, 600_000);
  afterAll(() => registry.close());

  it.each(present)('%s has nothing to do after an apply, whenever its files were written', async (name) => {
    for (const file of readdirSync(path(name))) utimesSync(path(name, file), 1e9, 1e9);
    const { status, plan } = await planned(path(name));
    expect({ status, digest: plan.digest }).toEqual({ status: 0, digest: digests.get(name) });
  });

  it.skipIf(!hasSandbox).each(present)('%s is built in a strict sandbox', async (name) => {
    const { plan } = await planned(path(name));
    const levels = plan.platforms.flatMap(({ artifacts }) => artifacts.map(({ sandbox }) => sandbox.level));
    expect(new Set(levels)).toEqual(new Set(['strict']));
  });

  it.each(present)(
    '%s has one digest, in another place and from nothing',
    async (name) => {
      const place = copyTo('elsewhere, under a longer name', name);
      expect(await apply(place, `cache-of-${name}`, '--frozen')).toBe(digests.get(name));
      rmSync(path(`cache-of-${name}`), { recursive: true });
    },
    300_000,
  );

  // The standard library of Go takes its time, and the other examples show the same.
  it.each(present.filter((name) => name !== 'go-binary'))(
    '%s has it in a relaxed sandbox too',
    async (name) => {
      const place = copyTo('relaxed', name);
      const file = join(place, 'image.yaml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replaceAll(/^( +)run: /gm, '$1sandbox: relaxed\n$&'));
      expect(await apply(place, `relaxed-cache-of-${name}`, '--frozen')).toBe(digests.get(name));
      rmSync(path(`relaxed-cache-of-${name}`), { recursive: true });
    },
    300_000,
  );

  describe('make programs that run:', () => {
    const bubblewrap = (name: Name, ...command: readonly string[]): Promise<string> =>
      outputOf('bwrap', ['--unshare-all', '--ro-bind', path('trees', name), '/', ...command]);

    it.skipIf(!present.includes('c-program') || !need('bwrap'))('a C program, with nothing but its image', async () => {
      expect(await bubblewrap('c-program', '/usr/local/bin/greet')).toBe('Hello from a program that make installed');
      expect(await bubblewrap('c-program', '/usr/local/bin/greet', '--version')).toBe('greet 1.4.2');
    });

    it.skipIf(!present.includes('rust-binary') || !need('bwrap'))(
      'a Rust program, with nothing but its image',
      async () => {
        const args = ['--unshare-all', '--ro-bind', path('trees/rust-binary'), '/', '/usr/bin/tally'];
        expect(await outputOf('bwrap', args, { input: 'two words\nand three more\n' })).toBe('2 5 25');
      },
    );

    it.skipIf(!present.includes('go-binary') || !need('bwrap'))(
      'a Go program, with nothing but its image',
      async () => {
        expect(await bubblewrap('go-binary', '/usr/bin/clock')).toBe(TIDES);
        expect(await bubblewrap('go-binary', '/usr/bin/clock', '--version')).toBe('clock 1.4.2 linux/amd64');
      },
    );

    it.skipIf(!present.includes('go-binary') || !need('qemu-aarch64-static'))('a Go program for arm64', async () => {
      await extractImage(path('layouts/go-binary'), 'arm64', path('trees/go-binary-arm64'));
      const program = path('trees/go-binary-arm64/usr/bin/clock');
      expect(await outputOf('qemu-aarch64-static', [program, '--version'])).toBe('clock 1.4.2 linux/arm64');
    });

    it.skipIf(!present.includes('node-app'))('a bundle for node that needs no modules', async () => {
      const main = path('trees/node-app/app/main.mjs');
      expect(await outputOf('node', [main])).toBe('04:26  high\n10:38  low\n16:50  high\n23:02  low');
      expect(await outputOf('node', [main, '--color'])).toContain('\u001b[34mhigh\u001b[39m');
    });

    it.skipIf(!present.includes('python-wheel'))('a package that python finds', async () => {
      const found = { ...env, PYTHONPATH: path('trees/python-wheel/opt/tides'), PYTHONDONTWRITEBYTECODE: '1' };
      expect(await outputOf('/usr/bin/python3', ['-m', 'tides'], { env: found })).toBe(TIDES);
    });
  });

  it.skipIf(!present.includes('node-app'))(
    'what npm brings is pinned, and not asked for where it is at hand',
    async () => {
      const { platforms } = JSON.parse(readFileSync(path('node-app/image.lock.json'), 'utf8'));
      expect(platforms['linux/amd64'].artifacts).toEqual({
        modules: { request: expect.stringMatching(/^sha256:/), output: expect.stringMatching(/^sha256:/) },
      });
      const before = registry.requests.length;
      expect(await apply(path('node-app'), 'cache')).toBe(digests.get('node-app'));
      expect(registry.requests.length).toBe(before);
    },
  );

  it.skipIf(!present.includes('c-program'))(
    'a comment in a source makes the command run, and nothing else be built',
    async () => {
      const place = copyTo('comment', 'c-program');
      const source = join(place, 'src/main.c');
      writeFileSync(source, `${readFileSync(source, 'utf8')}/* the end */\n`);
      const statusOf = async () => (await planned(place)).plan.platforms[0]!.artifacts[0]!.status;
      expect(await statusOf()).toBe('runs');
      expect(await apply(place, 'cache')).toBe(digests.get('c-program'));
      expect(await statusOf()).toBe('cached');
    },
  );

  it.skipIf(!present.includes('c-program'))('a header that is not declared is told as such', async () => {
    const place = copyTo('undeclared', 'c-program');
    const file = join(place, 'image.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('src/*.[ch]', 'src/*.c'));
    const { status, stderr } = await runTbuild(['apply', place, '--cache', path('cache')], { env });
    expect(status).toBe(5);
    expect(stderr).toMatch(/src\/greeting\.h.* is there but not declared: add it under "inputs"/);
  });

  it.skipIf(!hasPip)('the wheel is one that pip installs', async () => {
    const options = { env, cwd: path('python-wheel') };
    const build = 'import backend; print(backend.build_wheel("."))';
    const wheel = await outputOf('/usr/bin/python3', ['-B', '-c', build], options);
    const flags = ['--no-index', '--no-deps', '--no-compile', '--quiet', '--root-user-action=ignore'];
    const installed = path('installed-by-pip');
    await outputOf('/usr/bin/python3', ['-m', 'pip', 'install', ...flags, '--target', installed, wheel], options);
    const source = 'tides/__init__.py';
    expect(readFileSync(join(installed, source))).toEqual(readFileSync(path('trees/python-wheel/opt/tides', source)));
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  artifactExampleNames,
  copyExamples,
  exampleNames,
  packageExampleNames,
  useExamples,
} from '../support/examples.js';
import { extractImage } from '../support/extract-image.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { outputOf, run } from '../support/run.js';
import { runTbuild, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
const { example, forBoth } = useExamples(workspace);

const cache = (): readonly string[] => ['--cache', join(workspace.path, 'cache')];

describe('the examples', () => {
  it('are all tested, here or with those of packages or artifacts', () => {
    const found = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
      .filter((path) => basename(path) === 'image.yaml')
      .map(dirname);
    expect(found.sort()).toEqual([...exampleNames, ...packageExampleNames, ...artifactExampleNames].sort());
  });

  it.each([...exampleNames, ...packageExampleNames, ...artifactExampleNames])(
    '%s names the schema for editors',
    (name) => {
      const directory = join(root, 'examples', name);
      const [first] = readFileSync(join(directory, 'image.yaml'), 'utf8').split('\n');
      const [, schema] = /^# yaml-language-server: \$schema=(.*)$/.exec(first!)!;
      expect(existsSync(join(directory, schema!))).toBe(true);
      expect(basename(schema!)).toBe('image.schema.json');
    },
  );

  it.each(exampleNames)('%s has nothing to do after an apply, and plans the digest that it has', async (name) => {
    const { directory, digest } = example(name);
    const { status, stdout } = await runTbuild(['plan', directory, '--json', '--detailed-exitcode', ...cache()]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).digest).toBe(digest);
  });

  it.each(exampleNames)('%s is reproducible, says verify', async (name) => {
    const { directory, digest, layout } = example(name);
    const args = ['verify', `oci:${layout}:latest`, '-f', directory, '--json', ...cache()];
    expect(JSON.parse(await tbuild(args))).toMatchObject({ reproducible: true, expected: digest, found: digest });
  });

  it('have the digest that README.md promises', async () => {
    const amd64 = join(workspace.path, 'amd64');
    copyExamples(amd64, '[linux/amd64]');
    const digest = await tbuild(['apply', join(amd64, 'hello'), '--quiet', ...cache()]);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`\`${digest}\``);
  });

  it.skipIf(!existsSync(join(root, '.git')))('leave nothing that git would add', async () => {
    const results = ['derived/base/layout/index.json', 'derived/layout/index.json'];
    const paths = results.map((path) => join('examples', path));
    expect(await outputOf('git', ['check-ignore', '--no-index', ...paths], { cwd: root })).toBe(paths.join('\n'));
  });
});

/** Takes a file out of an image. */
async function extract(name: string, architecture: string, path: string): Promise<string> {
  const directory = join(workspace.path, `${name.replace('/', '-')}-${architecture}`);
  await extractImage(forBoth(name).layout, architecture, directory);
  return join(directory, path);
}

describe.skipIf(!need('tar', 'readelf'))('the programs in the examples', () => {
  const machines = { amd64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' };
  const cases = (['amd64', 'arm64'] as const).flatMap((architecture) =>
    [
      { name: 'hello', path: 'hello', args: [], prints: 'Hello from tbuild\n' },
      { name: 'derived/base', path: 'usr/bin/show', args: ['message'], prints: 'Shown.\n' },
    ].map((item) => ({ ...item, architecture })),
  );
  const programs = new Map<string, string>();
  const isNative = (architecture: string) =>
    ({ x64: 'amd64', arm64: 'arm64' })[process.arch as string] === architecture;
  beforeAll(async () => {
    for (const { name, architecture, path } of cases) {
      programs.set(`${name} ${architecture}`, await extract(name, architecture, path));
    }
  });

  it.each(cases)('$path for $architecture is a program that nothing can be written into', async (item) => {
    const program = programs.get(`${item.name} ${item.architecture}`)!;
    const text = await outputOf('readelf', ['--wide', '--file-header', '--segments', program], {
      env: { LC_ALL: 'C' },
    });
    expect(text).toContain(`Machine:                           ${machines[item.architecture]}`);
    expect(text).toContain('Type:                              EXEC (Executable file)');
    const segments = [...text.matchAll(/^ {2}([A-Z_]+) +(?:0x[0-9a-f]+ +){5}([R ][W ][E ]) 0x/gm)];
    expect(segments.map(([, kind, flags]) => `${kind} ${flags}`)).toEqual(['LOAD R E', 'GNU_STACK RW ']);
  });

  describe.each(cases)('$path for $architecture', (item) => {
    const emulator = isNative(item.architecture)
      ? []
      : [item.architecture === 'arm64' ? 'qemu-aarch64-static' : 'qemu-x86_64-static'];

    it.skipIf(!need(...emulator))('runs, and says when it could not', async () => {
      const program = programs.get(`${item.name} ${item.architecture}`)!;
      const cwd = dirname(program);
      writeFileSync(join(cwd, 'message'), 'Shown.\n');
      const [command, ...before] = [...emulator, program];
      expect(await run(command!, [...before, ...item.args], { cwd })).toEqual({
        status: 0,
        stdout: item.prints,
        stderr: '',
      });
      const full = ['-c', 'exec "$@" >/dev/full', '-', command!, ...before, ...item.args];
      expect((await run('sh', full, { cwd })).status).toBe(1);
    });
  });
});

describe('static-site', () => {
  it('holds what image.yaml selects, and nothing else', async () => {
    const { entries } = JSON.parse(
      await tbuild(['files', `oci:${example('static-site').layout}:1.4.2`, '--json', ...cache()]),
    );
    const shown = entries.map((entry: { kind: string; mode: string; uid: number; path: string; target?: string }) =>
      [entry.mode, entry.uid, entry.path, ...(entry.target === undefined ? [] : ['->', entry.target])].join(' '),
    );
    expect(shown).toEqual([
      '0755 0 /srv',
      '0755 0 /srv/www',
      '0644 0 /srv/www/about.html',
      '0755 0 /srv/www/assets',
      '0644 0 /srv/www/assets/style.css',
      '0644 0 /srv/www/assets/wave.svg',
      '0777 0 /srv/www/home.html -> index.html',
      '0644 0 /srv/www/index.html',
      '0644 0 /srv/www/robots.txt',
      '0755 0 /var',
      '0755 0 /var/cache',
      '0770 65532 /var/cache/www',
    ]);
  });

  it('has the labels, the user and the port of image.yaml, under two tags', () => {
    const { layout } = example('static-site');
    const image = readLayout(layout, '1.4.2');
    expect(readLayout(layout, 'latest').digest).toBe(image.digest);
    expect(image.manifest.annotations).toEqual({ 'org.opencontainers.image.version': '1.4.2' });
    expect(image.config.config).toEqual({
      User: '65532:65532',
      WorkingDir: '/srv/www',
      Env: ['SITE_ROOT=/srv/www'],
      ExposedPorts: { '8080/tcp': {} },
      Volumes: { '/var/cache/www': {} },
      Labels: { 'org.opencontainers.image.title': 'Tidelands', 'org.opencontainers.image.version': '1.4.2' },
    });
  });
});

describe('derived', () => {
  it.each(['amd64', 'arm64'])(
    'has the layers and the settings of its base for %s, and its own on top',
    (architecture) => {
      const base = readLayout(forBoth('derived/base').layout, 'latest', architecture);
      const image = readLayout(forBoth('derived').layout, 'latest', architecture);
      expect(image.manifest.layers.slice(0, 1)).toEqual(base.manifest.layers);
      expect(image.manifest.layers).toHaveLength(2);
      expect(image.config.config).toEqual({
        Entrypoint: ['/usr/bin/show'],
        Cmd: ['/lib/libgreeting.txt'],
        Env: ['PATH=/usr/bin', 'GREETING=/lib/libgreeting.txt'],
        Labels: { 'org.opencontainers.image.title': 'base' },
      });
      expect(image.manifest.annotations).toMatchObject({ 'org.opencontainers.image.base.digest': base.digest });
    },
  );
});

import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import type { PlanImagesRequest } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import { plan, planOfOne } from './support/plans.js';

const planOperations = { planImages: async () => planOfOne(plan()) };

describe('the command line', () => {
  it.each([
    [['pln'], 'Unknown command "pln"', 'Did you mean plan?'],
    [['plan', '--jsno'], 'Unknown option "--jsno"', 'Did you mean --json?'],
    [['cache', 'gcc'], 'Unknown command "gcc"', 'Did you mean gc?'],
    [['inspect'], 'Missing required argument "image"', 'tbuild --help lists'],
    [['lock', 'a', 'b'], 'Too many arguments', 'tbuild --help lists'],
    [['plan', '--format', 'xml'], 'is invalid', 'tbuild --help lists'],
    [['apply', '-o', 'out'], '"out" names no transport', 'Did you mean "oci:out"?'],
    [['apply', '-o', 'a/b.tar'], 'names no transport', 'Did you mean "oci-archive:a/b.tar"?'],
    [['apply', '-o', 'OCI:out:v1'], 'names no transport', 'Did you mean "oci:out:v1"?'],
    [['apply', '-o', 'docker:a/b'], '"docker:a/b" lacks the slashes', 'Did you mean "docker://a/b"?'],
    [['apply', '--chunk-size', '16'], '--chunk-size is "16"', '16MiB'],
    [['plan', '--chunk-size', '16MiB'], 'Unknown option "--chunk-size"', ''],
    [['plan', '--timeout', '0'], '--timeout is "0"', ''],
    [['plan', '--insecure', 'https://a.example'], '"https://a.example" is not a registry', 'HOST:PORT'],
    [['plan', '--insecure', 'a.example/b'], '"a.example/b" is not a registry', 'without a repository'],
    [['plan', '--authfile', ''], '--authfile names no file', ''],
    [['plan', '--cert-dir='], '--cert-dir names no directory', ''],
    [['tags', 'oci:a'], '"oci:a" is not in a registry', 'docker://HOST/REPOSITORY'],
    [['delete', 'a.example/b:1'], '"a.example/b:1" names no transport', 'Did you mean "docker://a.example/b:1"?'],
    [['copy', 'oci:a'], 'Missing required argument "to"', ''],
    [['copy', 'oci:a', 'oci:b', '--all', '--platform', 'linux/amd64'], 'exclude each other', ''],
    [['copy', 'oci:a', 'oci:b', '--tag', '-x'], '"-x" is not a tag', 'letters, digits'],
    [['verify', 'sha256:1234'], '"sha256:1234" is not a sha256 digest', '64 lower-case'],
    [['verify', '9f86d081884c7d65'], '"9f86d081884c7d65" is not a sha256 digest', 'A digest is "sha256:"'],
    [['verify', 'image.yaml'], '"image.yaml" is a manifest, not an image', '--file image.yaml'],
    [['files', 'oci:a', '--layer', 'x'], '--layer is "x"', ''],
    [['files', 'oci:a', '--platform', 'x'], '"x" is not a platform', 'linux/amd64'],
    [['plan', '-j', '0'], '--jobs is "0"', ''],
    [['plan', '-C', '/missing'], 'Cannot work in "/missing": no such file or directory', ''],
    [['cache', 'gc', '--older-than', '30'], '"30" is not an age', '30d'],
  ])('exits 64 for %j, and says what is wrong', async (argv, message, hint) => {
    const { status, stdout, stderr } = await runCli(argv, { operations: planOperations });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it.each([
    [['--help']],
    [['plan', '--help']],
    [['help', 'verify']],
    [['cache', 'gc', '-h']],
    [['copy', '--help']],
    [['tags', '--help']],
    [['delete', '--help']],
  ])('prints help to standard output for %j', async (argv) => {
    const { status, stdout, stderr } = await runCli(argv);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: tbuild/);
    expect(stdout).toContain('--json');
  });

  it('tells in its help what scripts rely on: commands, exit statuses, variables', async () => {
    const { stdout } = await runCli(['--help']);
    const commands = [
      'plan',
      'apply',
      'verify',
      'diff',
      'run',
      'inspect',
      'files',
      'copy',
      'tags',
      'delete',
      'login',
      'logout',
      'sync',
      'lock',
      'import',
    ];
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(stdout).toContain('diff: 0 the same, 1 different, 2 trouble');
    expect(stdout).toMatch(/ 69 .*registry.*\n.* 77 .*denies access/);
    const variables = [
      'TBUILD_PASSWORD',
      'REGISTRY_AUTH_FILE',
      'DOCKER_CONFIG',
      'HTTPS_PROXY',
      'NO_PROXY',
      'SSL_CERT_FILE',
      'CI',
    ];
    for (const name of variables) expect(stdout).toContain(name);
  });

  it.each([[[]], [['cache']]])('prints help to standard error where no command is named: %j', async (argv) => {
    const { status, stdout, stderr } = await runCli(argv);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/^Usage: tbuild/);
  });

  it('takes the options of every command before and after its name', async () => {
    for (const argv of [
      ['--json', 'plan'],
      ['plan', '--json'],
      ['cache', 'stats', '--json'],
      ['--json', 'cache', 'stats'],
    ]) {
      const operations = { ...planOperations, cacheStatistics: async () => ({ a: 1 }) as never };
      const { status, stdout } = await runCli(argv, { operations });
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toBeTypeOf('object');
    }
  });

  it.each([['--cache='], ['--cache', ''], ['-C', '']])('takes no empty directory: %j %j', async (...option) => {
    const { status, stderr } = await runCli(['plan', ...option]);
    expect([status, stderr]).toEqual([64, expect.stringContaining('names no directory')]);
  });

  it('hands jobs to the host and the cache, from where -C leads, to the operation', async () => {
    const requests: PlanImagesRequest[] = [];
    const operations = {
      planImages: async (_: unknown, request: PlanImagesRequest) => {
        requests.push(request);
        return planOfOne(plan());
      },
    };
    const { hosts } = await runCli(['plan', '-C', '/home/user', '--cache', 'store', '-j', '3', 'a.yaml'], {
      operations,
    });
    expect(hosts).toEqual([{ jobs: 3 }]);
    expect(requests[0]).toMatchObject({ files: ['a.yaml'], cacheDirectory: '/home/user/store' });
  });

  it.each([
    ['no terminal', {}, false, [], false],
    ['a terminal', {}, true, [], true],
    ['a terminal and NO_COLOR', { NO_COLOR: '1' }, true, [], false],
    ['a terminal and --no-color', {}, true, ['--no-color'], false],
    ['a dumb terminal', { TERM: 'dumb' }, true, [], false],
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, false, [], true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, [], false],
    ['FORCE_COLOR and --no-color', { FORCE_COLOR: '1' }, false, ['--no-color'], false],
  ])('colours by the rules: %s', async (_, env, isTerminal, more, coloured) => {
    const { stdout } = await runCli(['plan', ...more], { env, operations: planOperations, stdout: { isTerminal } });
    expect(stdout.includes('\x1b[')).toBe(coloured);
  });
});

describe('options of the network', () => {
  const requests: PlanImagesRequest[] = [];
  const notes = ['asked the helper', 'found \x1b[2J'];
  const operations = {
    planImages: async (_: unknown, request: PlanImagesRequest) => {
      requests.push(request);
      for (const message of notes) request.report?.({ kind: 'auth-note', message });
      return planOfOne(plan());
    },
  };

  it('are handed on, before and after the name of the command', async () => {
    const argv = ['--insecure', 'A.example:5000', 'plan', '--insecure', '[::1]:80', '--timeout', '5'];
    await runCli([...argv, '--cert-dir', 'certs', '--authfile', 'auth.json'], { operations });
    expect(requests.at(-1)!.network).toEqual({
      insecure: ['a.example:5000', '[::1]:80'],
      ...{ certificateDirectory: 'certs', authFile: 'auth.json', timeoutMs: 5000 },
    });
    await runCli(['plan'], { operations });
    expect(requests.at(-1)!.network).toBeUndefined();
  });

  it.each([[[]], [['--quiet']], [['--json']]])(
    '--debug-auth tells how credentials were found, with %j',
    async (more) => {
      const { stderr } = await runCli(['plan', '--debug-auth', ...more], { operations });
      expect(stderr).toBe('auth: asked the helper\nauth: found \\x1b[2J\n');
      expect((await runCli(['plan', ...more], { operations })).stderr).toBe('');
    },
  );
});

describe('errors', () => {
  const failing = (error: unknown) => ({ planImages: async () => Promise.reject(error) });
  const error = fail('input-missing', { message: 'No "a"', hint: 'Make it.' });

  it('go to standard error for people', async () => {
    const outcome = await runCli(['plan'], { operations: failing(error) });
    expect(outcome).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'error[input-missing]: No "a"\n  = hint: Make it.\n',
    });
  });

  it('are the one document on standard output under --json, with the same exit status', async () => {
    const { status, stdout, stderr } = await runCli(['plan', '--json'], { operations: failing(error) });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'input-missing', message: 'No "a"', exit: 1 } });
  });

  it('are shown even with --quiet', async () => {
    const { stderr } = await runCli(['plan', '-q'], { operations: failing(error) });
    expect(stderr).toContain('error[input-missing]');
  });

  it('are bugs where nobody expected them', async () => {
    const { status, stderr } = await runCli(['plan'], { operations: failing(new TypeError('x')) });
    expect(status).toBe(1);
    expect(stderr).toContain('bug:');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('exit with 128 and the number of %s', async (signal, status) => {
    const interrupted = fail('interrupted', { message: `Interrupted by ${signal}`, details: { signal } });
    expect((await runCli(['plan'], { operations: failing(interrupted) })).status).toBe(status);
    const { stdout } = await runCli(['plan', '--json'], { operations: failing(interrupted) });
    expect(JSON.parse(stdout)).toMatchObject({ error: { exit: status } });
  });

  it('include a standard output that cannot be written', async () => {
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const stdout = { settle: async () => Promise.reject(full) };
    const { status, stderr } = await runCli(['plan'], { operations: planOperations, stdout });
    expect(status).toBe(1);
    expect(stderr).toContain('error[output-failed]: Cannot write the result: no space left on the device (ENOSPC)');
  });
});

describe('warnings', () => {
  const warns: typeof import('../../src/operations/index.js').listTags = async (_, { report }) => {
    report?.({ kind: 'warning', message: 'a.example warns: soon gone' });
    return { repository: 'a.example/b', tags: ['1'] };
  };

  it('of a registry are in the document, which has nothing more beside it', async () => {
    const { stdout, stderr } = await runCli(['tags', 'docker://a.example/b', '--json'], {
      operations: { listTags: warns },
    });
    const warnings = [{ message: 'a.example warns: soon gone' }];
    expect(JSON.parse(stdout)).toEqual({ repository: 'a.example/b', tags: ['1'], warnings });
    expect(stderr).toBe('');
  });

  it('are told beside the document of an error', async () => {
    const listTags: typeof warns = async (...args) => {
      await warns(...args);
      throw fail('image-missing', { message: 'Nothing there' });
    };
    const { stdout, stderr } = await runCli(['tags', 'docker://a.example/b', '--json'], { operations: { listTags } });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'image-missing' } });
    expect(stderr).toBe('warning: a.example warns: soon gone\n');
  });

  const warning = { message: 'Careful', at: { file: 'image.yaml', line: 3, column: 1, length: 1 } };
  const operations = {
    planImages: async (_: unknown, { report }: PlanImagesRequest) => {
      report?.({ kind: 'warning', ...warning });
      return planOfOne(plan({ warnings: [warning, { message: 'Second' }] }));
    },
  };

  it('are told once each, on standard error', async () => {
    const { stdout, stderr } = await runCli(['plan'], { operations });
    expect(stderr).toBe('warning: Careful  image.yaml:3\nwarning: Second\n');
    expect(stdout).not.toContain('Careful');
  });

  it('are only in the document under --json, and nowhere with --quiet', async () => {
    const json = await runCli(['plan', '--json'], { operations });
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout).warnings).toHaveLength(2);
    expect((await runCli(['plan', '--quiet'], { operations })).stderr).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import type { LoginRequest, LogoutRequest } from '../../src/operations/index.js';
import { runTbuild } from '../support/tbuild.js';
import { runCli } from './support/fake-io.js';

const requests: (LoginRequest | LogoutRequest)[] = [];
const where = '/home/me/.docker/config.json';
const operations = {
  logIn: async (_: unknown, request: LoginRequest) => {
    requests.push(request);
    return { registry: request.registry, username: request.username, where, isPlainText: true };
  },
  logOut: async (_: unknown, request: LogoutRequest) => {
    requests.push(request);
    return { registry: request.registry, where: request.registry === 'ghcr.io' ? [where, 'docker-credential-x'] : [] };
  },
};
const login = ['login', 'ghcr.io', '-u', 'me', '--password-stdin'];

describe('login', () => {
  it.each([
    ['pass word', 'pass word'],
    ['password\n', 'password'],
    ['password\r\n', 'password'],
    ['password\n\n', 'password\n'],
    [' password ', ' password '],
    ['pä\u{1f511}\n', 'pä\u{1f511}'],
  ])('takes %j from standard input as %j', async (input, password) => {
    const { status, stderr } = await runCli([...login, '--authfile', 'a.json'], { operations, input });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(requests.at(-1)).toMatchObject({
      registry: 'ghcr.io',
      username: 'me',
      password,
      network: { authFile: 'a.json' },
    });
  });

  it('says where the credentials are, and never what they are', async () => {
    const [plain, json, quiet] = await Promise.all(
      [[], ['--json'], ['--quiet']].map((more) => runCli([...login, ...more], { operations, input: 's3cr3t' })),
    );
    expect(plain!.stdout).toBe(
      'logged in  ghcr.io as me\nkept in    /home/me/.docker/config.json  not encrypted (only you can read it)\n',
    );
    expect(JSON.parse(json!.stdout)).toEqual({ registry: 'ghcr.io', username: 'me', where, isPlainText: true });
    expect(quiet!.stdout).toBe('');
  });

  it.each<[string[], string, string]>([
    [['login', '-u', 'me', '--password-stdin'], 'x', 'Missing required argument "registry"'],
    [['login', 'ghcr.io', '--password-stdin'], 'x', 'Required option "-u, --username <name>" not specified'],
    [['login', 'ghcr.io', '-u', 'me'], 'x', 'hint: Give the password on standard input'],
    [['login', 'ghcr.io', '-u', 'me', '-p', 's3cr3t'], '', 'Unknown option "-p"'],
    [['login', 'ghcr.io', '-u', 'me', '--password', 's3cr3t'], '', 'Unknown option "--password"'],
    [login, '', 'Standard input holds no password'],
    [login, '\n', 'Standard input holds no password'],
    [login, 'x'.repeat(70_000), 'Cannot read standard input: more than 65536 bytes'],
    [['logout'], '', 'Missing required argument "registry"'],
  ])('exits 64 for %j', async (argv, input, message) => {
    const count = requests.length;
    const { status, stdout, stderr } = await runCli(argv, { operations, input });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('s3cr3t');
    expect(requests.length).toBe(count);
  });
});

describe('logout', () => {
  it('says where credentials were', async () => {
    expect((await runCli(['logout', 'ghcr.io'], { operations })).stdout).toBe(
      `logged out    ghcr.io\nremoved from  ${where}\nremoved from  docker-credential-x\n`,
    );
    expect((await runCli(['logout', 'quay.io'], { operations })).stdout).toBe(
      'There were no credentials for quay.io\n',
    );
    const { status, stdout } = await runCli(['logout', 'quay.io', '--json'], { operations });
    expect([status, JSON.parse(stdout)]).toEqual([0, { registry: 'quay.io', where: [] }]);
  });
});

describe('the process', () => {
  it.each([
    ['a password', 'x\n', 69, 'Cannot log in to "127.0.0.1:1": https://127.0.0.1:1: connection refused'],
    ['nothing', '', 64, 'Standard input holds no password'],
    ['too much', 'x'.repeat(300_000), 64, 'more than 65536 bytes'],
  ])('with %s on its standard input', async (_, input, status, message) => {
    const argv = ['login', '127.0.0.1:1', '-u', 'me', '--password-stdin', '--authfile', '/nowhere/a.json'];
    const outcome = await runTbuild(argv, { input });
    expect([outcome.status, outcome.stderr]).toEqual([status, expect.stringContaining(message)]);
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuildEvent, type LoginRequest, logIn, logOut } from '../../src/operations/index.js';
import {
  auth,
  expectNoSecret,
  makeWorld,
  REMEMBERING,
  SECRET,
  type World,
  type WorldOptions,
} from '../credentials/support.js';
import { failureOf } from '../support/failure-of.js';
import { basicGuard } from '../support/registry/guards.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
let registry: TestRegistry;
let name = '';
let events: BuildEvent[] = [];

beforeAll(async () => {
  registry = await startRegistry({ guard: basicGuard({ me: SECRET }) });
  name = new URL(registry.origin).host;
});
afterAll(() => registry.close());
beforeEach(() => {
  events = [];
});

function world(options: WorldOptions = {}): World {
  const home = join(directory.path, `home-${count++}`);
  mkdirSync(home, { recursive: true });
  return makeWorld(home, options);
}

const request = (more: Partial<LoginRequest> = {}): LoginRequest => ({
  registry: name,
  username: 'me',
  password: SECRET,
  report: (event) => events.push(event),
  ...more,
});
const warnings = (): string[] => events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));

describe('login', () => {
  it('keeps what the registry takes', async () => {
    const it = world();
    const result = await logIn(it.host, request());
    const where = join(it.home, '.config/containers/auth.json');
    expect(result).toEqual({ registry: name, username: 'me', where, isPlainText: true });
    expect(JSON.parse(it.read('.config/containers/auth.json'))).toEqual({ auths: { [name]: { auth: auth('me') } } });
    expect(warnings()).toEqual([]);
    expect(await logOut(it.host, { registry: name })).toEqual({ registry: name, where: [where] });
    expect(await logOut(it.host, { registry: name })).toEqual({ registry: name, where: [] });
  });

  it('keeps it with the helper, in the file that is named, or for a path', async () => {
    const it = world();
    it.helper('x', REMEMBERING);
    it.write('.docker/config.json', { credsStore: 'x' });
    expect(await logIn(it.host, request())).toMatchObject({ where: 'docker-credential-x', isPlainText: false });
    const named = { network: { authFile: 'own.json' } };
    expect(await logIn(it.host, request(named))).toMatchObject({ where: join(it.home, 'own.json') });
    expect(await logIn(it.host, request({ ...named, registry: `${name}/org` }))).toMatchObject({
      registry: `${name}/org`,
    });
    expect(Object.keys(JSON.parse(it.read('own.json')).auths)).toEqual([name, `${name}/org`]);
    expect(warnings()).toEqual([]);
    expect((await logOut(it.host, { registry: name })).where).toEqual(['docker-credential-x']);
  });

  it('keeps nothing that the registry does not take', async () => {
    const it = world();
    for (const wrong of [{ password: `${SECRET}x` }, { username: 'you' }]) {
      const error = await failureOf(logIn(it.host, request(wrong)));
      expect(error.code).toBe('registry-unauthorised');
      expectNoSecret(JSON.stringify([error.message, error.hint, error.details, String(error.cause), events]));
      expect(() => it.read('.config/containers/auth.json')).toThrow('ENOENT');
    }
  });

  it.each<[string, Partial<LoginRequest>, string, string]>([
    ['an empty password', { password: '' }, 'usage', 'the password is empty'],
    ['an empty user name', { username: '' }, 'usage', 'the user name is empty'],
    ['a user name with a colon', { username: 'a:b' }, 'usage', 'the user name has a colon in it'],
    ['a password of two lines', { password: 'a\nb' }, 'usage', 'the password has a control character in it'],
    ['an address', { registry: 'https://ghcr.io/v2/' }, 'reference-invalid', '"https://ghcr.io/v2/" is not a registry'],
    ['an image', { registry: 'ghcr.io/a:b' }, 'reference-invalid', '"ghcr.io/a:b" is not a registry'],
  ])('refuses %s before it asks', async (_, wrong, code, message) => {
    const before = registry.requests.length;
    const error = await failureOf(logIn(world().host, request(wrong)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(registry.requests.length).toBe(before);
  });

  it('warns where other credentials come first, and logout where some are left', async () => {
    const it = world({ env: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [name]: { auth: auth('other') } } }) } });
    await logIn(it.host, request());
    expect(warnings()).toEqual(['Not the credentials that were stored will be used, but those of DOCKER_AUTH_CONFIG']);
    events = [];
    await logOut(it.host, { registry: name, report: (event) => events.push(event) });
    expect(warnings()).toEqual([`Credentials for "${name}" are still in DOCKER_AUTH_CONFIG`]);
  });
});

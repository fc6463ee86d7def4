import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unauthorised } from '../../support/registry/guards.js';
import { makeSecret, secretsIn } from './secrets.js';
import { basic } from './user.js';
import { credentialWorld, PULL, REGISTRY } from './world.js';

const world = credentialWorld();
/** What has ended may still be listed, where nobody asked how. */
function isRunning(id: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${id}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

const answerOf = (answer: object): string => `echo '${JSON.stringify(answer)}'`;

describe('an entry of one registry', () => {
  const names: readonly (readonly [name: string, entry: string])[] = [
    ['evil.azurecr.io.attacker', 'azurecr.io'],
    ['azurecr.io.attacker', 'azurecr.io'],
    ['evilazurecr.io', 'azurecr.io'],
    ['my.azurecr.io', 'azurecr.io'],
    ['azurecr.io', 'my.azurecr.io'],
    ['azurecr.io', '*.io'],
    ['azurecr.io:8443', 'azurecr.io'],
    ['azurecr.io', 'azurecr.io:8443'],
    ['azurecr.io', 'https://azurecr.io.attacker/v2/'],
    ['azurecr.io', 'https://azurecr.io@stranger.example/'],
    ['azurecr.io', 'https://stranger.example/azurecr.io'],
    ['azurecr.io', 'azurecr.io/other'],
    ['azurecr.io', 'azurecr.io/ap'],
  ];
  it.each(names)('is not for %s: %s', async (name, entry) => {
    const origin = `https://${name}`;
    await world.open('Basic', origin);
    world.user.program('docker-credential-vault', 'echo asked >> "$HOME/asked"');
    world.user.knows({ [entry]: `me:${world.password}` }, { credHelpers: { [entry]: 'vault' } });
    const { status } = await world.run(['copy', `docker://${name}/app:v1`, 'oci:out', '--debug-auth', '-v']);
    expect(status).toBe(77);
    expect(world.asked(origin)).toEqual(['HEAD /v2/app/manifests/v1']);
    expect(existsSync(world.user.path('asked'))).toBe(false);
    world.expectToldOnly();
  });

  it.each(['azurecr.io', 'https://azurecr.io/v1/', 'azurecr.io/app'])('%s is for azurecr.io/app', async (entry) => {
    await world.open('Basic', 'https://azurecr.io');
    world.user.knows({ [entry]: `me:${world.password}`, 'azurecr.io.attacker': 'me:another' });
    expect((await world.run(['copy', 'docker://azurecr.io/app:v1', 'oci:out'])).status).toBe(0);
    world.expectToldOnly('https://azurecr.io');
  });

  it('is shown to nobody who does not ask', async () => {
    const registry = await world.open('Basic');
    registry.guard = undefined;
    world.user.program('docker-credential-vault', 'echo asked >> "$HOME/asked"');
    world.user.knows({}, { credHelpers: { 'registry.example': 'vault' } });
    expect((await world.run(PULL)).status).toBe(0);
    expect(existsSync(world.user.path('asked'))).toBe(false);
    world.expectToldOnly();
  });
});

describe('a credential helper', () => {
  const secret = makeSecret();
  const use = (script: string, name = 'vault'): void => {
    world.user.knows({}, { credHelpers: { 'registry.example': name, 'other.example': 'other' } });
    world.user.program('docker-credential-vault', script);
    world.user.program('docker-credential-other', 'echo asked >> "$HOME/asked"');
  };
  /** The registry is asked once, without anything. */
  async function expectNothingSent(): Promise<string> {
    await world.open('Basic');
    const { status, all } = await world.run(PULL);
    expect(status).toBe(77);
    expect(world.asked(REGISTRY)).toEqual(['HEAD /v2/app/manifests/v1']);
    world.expectToldOnly();
    expect(secretsIn(all, { secret })).toEqual([]);
    expect(existsSync(world.user.path('asked'))).toBe(false);
    expect(all.replace(/\u001b\[[0-9;]*m/g, '')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
    return all;
  }
  const steering = '\\033]0;title\\007\\033[2J\\rhidden';

  it('gets the name of the registry, and its answer goes there', async () => {
    await world.open('Basic');
    use(`cat > "$HOME/input"\n${answerOf({ ServerURL: 'registry.example', Username: 'me', Secret: world.password })}`);
    expect((await world.run(PULL)).status).toBe(0);
    expect(readFileSync(world.user.path('input'), 'utf8')).toBe('registry.example');
    expect(world.internet.requests.at(-1)!.headers.authorization).toBe(`Basic ${basic('me', world.password)}`);
    expect(existsSync(world.user.path('asked'))).toBe(false);
  });

  it.each<[string, string]>([
    ['what is no JSON', `printf '%s' '${secret}'`],
    ['JSON and more', `${answerOf({ Username: 'me', Secret: secret })}; echo '${secret}'`],
    ['another server', answerOf({ ServerURL: 'other.example', Username: 'me', Secret: secret })],
    ['a line end in the secret', answerOf({ Username: 'me', Secret: `${secret}\r\nX-Injected: yes` })],
    ['a line end in the name', answerOf({ Username: 'me\nX-Injected: yes', Secret: secret })],
    ['a colon in the name', answerOf({ Username: 'me:other', Secret: secret })],
    ['a token that no header can hold', answerOf({ Username: '<token>', Secret: `${secret}\n` })],
    ['numbers', answerOf({ Username: 1, Secret: 2 })],
    ['escape sequences', `printf '${steering} password=%s' '${secret.replace(/ .*/, '')}'; exit 1`],
    ['escape sequences on standard error', `printf '${steering}' >&2; exit 1`],
    ['far too much', 'head -c 10000000 /dev/zero'],
    ['nothing, and ends by a signal', 'kill -9 $$'],
  ])('that answers with %s gives nothing', async (_, script) => {
    use(script);
    expect(await expectNothingSent()).toContain('docker-credential-vault');
  });

  it.each(['../vault', 'x/../vault', '/tmp/vault', '..', 'vault;id', '$(id)', 'vault other'])(
    'is not run where it is called %s',
    async (name) => {
      use('echo asked >> "$HOME/asked"', name);
      mkdirSync(world.user.path('bin/docker-credential-x'), { recursive: true });
      world.user.program(`docker-credential-${name}`, 'echo asked >> "$HOME/asked"');
      await expectNothingSent();
    },
  );

  it('that hangs is ended, with all that it started, and gives nothing', async () => {
    use('echo $$ > "$HOME/pid"; sleep 1000 & echo $! >> "$HOME/pid"; wait');
    expect(await expectNothingSent()).toContain('did not end within 30 s');
    const [parent, child] = readFileSync(world.user.path('pid'), 'utf8').trim().split('\n');
    for (const id of [parent, child]) expect([id, isRunning(id!)]).toEqual([id, false]);
  });

  it('that fails lets an image be had that wants no credentials', async () => {
    const registry = await world.open('Basic');
    registry.guard = undefined;
    use('exit 3');
    expect((await world.run(PULL)).status).toBe(0);
    registry.guard = () => unauthorised(['Basic']);
    expect((await world.run(PULL)).stderr).toContain('docker-credential-vault exited with status 3');
  });
});

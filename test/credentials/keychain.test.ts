import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeychain } from '../../src/credentials/index.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import {
  answering,
  auth,
  find,
  makeWorld,
  NOT_FOUND,
  SECRET,
  type World,
  type WorldOptions,
  whoOf,
} from './support.js';

const directory = temporaryDirectory();
let count = 0;
const world = (options?: WorldOptions | ((home: string) => WorldOptions)): World => {
  const home = join(directory.path, `home-${count++}`);
  return makeWorld(home, typeof options === 'function' ? options(home) : options);
};
const entry = (username: string) => ({ auths: { 'ghcr.io': { auth: auth(username) } } });

describe('the order of the places', () => {
  const places: readonly (readonly [name: string, env: Record<string, string>, file: string | undefined])[] = [
    ['variables', { TBUILD_REGISTRY: 'ghcr.io', TBUILD_USERNAME: 'variables', TBUILD_PASSWORD: SECRET }, undefined],
    ['DOCKER_AUTH_CONFIG', { DOCKER_AUTH_CONFIG: JSON.stringify(entry('DOCKER_AUTH_CONFIG')) }, undefined],
    ['REGISTRY_AUTH_FILE', { REGISTRY_AUTH_FILE: 'named.json' }, 'named.json'],
    ['XDG_RUNTIME_DIR', { XDG_RUNTIME_DIR: 'HOME/run' }, 'run/containers/auth.json'],
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: 'HOME/config' }, 'config/containers/auth.json'],
    ['DOCKER_CONFIG', { DOCKER_CONFIG: 'HOME/docker' }, 'docker/config.json'],
  ];

  it.each(places.map((place, i) => [place[0], i] as const))('%s comes before all below it', async (name, first) => {
    const used = places.slice(first);
    const it = world((home) => ({
      env: Object.fromEntries(
        used.flatMap(([, env]) => Object.entries(env).map(([key, value]) => [key, value.replace('HOME', home)])),
      ),
    }));
    for (const [user, , file] of used) if (file !== undefined) it.write(file, entry(user));
    expect(whoOf(await find(it, 'ghcr.io/org/app'))).toBe(name);
  });

  it('looks below the home directory where no variable says otherwise', async () => {
    const it = world();
    it.write('.docker/config.json', entry('docker'));
    expect(whoOf(await find(it, 'ghcr.io/org/app'))).toBe('docker');
    it.write('.config/containers/auth.json', entry('podman'));
    expect(whoOf(await find(it, 'ghcr.io/org/app'))).toBe('podman');
  });

  it('takes no notice of relative directories in the variables of XDG', async () => {
    const it = world({ env: { XDG_RUNTIME_DIR: 'run', XDG_CONFIG_HOME: 'config' } });
    it.write('run/containers/auth.json', entry('runtime'));
    it.write('config/containers/auth.json', entry('config'));
    it.write('.config/containers/auth.json', entry('home'));
    expect(whoOf(await find(it, 'ghcr.io/org/app'))).toBe('home');
  });

  it("looks into podman's file for root, which has no runtime directory", async () => {
    const { notes } = await find(world({ userId: 0 }), 'ghcr.io/org/app');
    expect(notes.join('\n')).toContain('/run/containers/0/auth.json');
    expect((await find(world(), 'ghcr.io/org/app')).notes.join('\n')).not.toContain('/run/containers');
  });

  it('looks only into a file that the settings name, besides the variables', async () => {
    const it = world({ env: { DOCKER_AUTH_CONFIG: JSON.stringify(entry('variable')) } });
    it.write('.docker/config.json', entry('docker'));
    const file = it.write('own.json', { auths: { 'quay.io': { auth: auth('own') } } });
    expect(whoOf(await find(it, 'quay.io/org/app', file))).toBe('own');
    expect(whoOf(await find(it, 'ghcr.io/org/app', file))).toBeUndefined();
  });

  it('says where the credentials are from', async () => {
    const it = world();
    const file = it.write('.docker/config.json', entry('docker'));
    expect((await find(it, 'ghcr.io/org/app')).credentials).toEqual({
      kind: 'password',
      username: 'docker',
      password: SECRET,
      from: file,
    });
  });
});

describe('the variables of tbuild', () => {
  const set = { TBUILD_REGISTRY: 'ghcr.io', TBUILD_USERNAME: 'me', TBUILD_PASSWORD: SECRET };

  it.each([
    ['ghcr.io', 'ghcr.io/a/b', 'me'],
    ['https://GHCR.io/', 'ghcr.io/a/b', 'me'],
    ['ghcr.io/a', 'ghcr.io/a/b', 'me'],
    ['ghcr.io/a', 'ghcr.io/ab/c', undefined],
    ['index.docker.io', 'docker.io/library/a', 'me'],
    ['ghcr.io', 'evil.ghcr.io/a/b', undefined],
    ['ghcr.io', 'ghcr.io.evil.example/a/b', undefined],
    ['ghcr.io', 'ghcr.io:444/a/b', undefined],
  ])('of %s: for %s it finds %s', async (registry, image, who) => {
    const { problems, ...found } = await find(world({ env: { ...set, TBUILD_REGISTRY: registry } }), image);
    expect([whoOf(found as never), problems]).toEqual([who, []]);
  });

  it.each([
    ['TBUILD_REGISTRY', 'TBUILD_REGISTRY is not set'],
    ['TBUILD_USERNAME', 'TBUILD_USERNAME is not set'],
    ['TBUILD_PASSWORD', 'TBUILD_PASSWORD is not set'],
  ])('are a problem without %s', async (missing, problem) => {
    const { problems } = await find(world({ env: { ...set, [missing]: '' } }), 'ghcr.io/a/b');
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it('are a problem where the first is not a registry', async () => {
    const { problems } = await find(
      world({ env: { ...set, TBUILD_REGISTRY: `https://me:${SECRET}@ghcr.io` } }),
      'ghcr.io/a/b',
    );
    expect(problems).toEqual(['TBUILD_REGISTRY: TBUILD_REGISTRY does not name a registry']);
  });
});

describe('keys', () => {
  it.each<[keys: string[], image: string, key: string | undefined]>([
    [['ghcr.io', 'ghcr.io/org', 'ghcr.io/org/app'], 'ghcr.io/org/app', 'ghcr.io/org/app'],
    [['ghcr.io', 'ghcr.io/org', 'ghcr.io/org/app'], 'ghcr.io/org/other', 'ghcr.io/org'],
    [['ghcr.io', 'ghcr.io/org', 'ghcr.io/org/app'], 'ghcr.io/org/app/more', 'ghcr.io/org/app'],
    [['ghcr.io', 'ghcr.io/org', 'ghcr.io/org/app'], 'ghcr.io/other/app', 'ghcr.io'],
    [['ghcr.io/org'], 'ghcr.io/organisation/app', undefined],
    [['ghcr.io/org/app'], 'ghcr.io/org', undefined],
    [['https://ghcr.io/v1/'], 'ghcr.io/a/b', 'https://ghcr.io/v1/'],
    [['https://ghcr.io/v2/'], 'ghcr.io/a/b', 'https://ghcr.io/v2/'],
    [['https://ghcr.io'], 'ghcr.io/a/b', 'https://ghcr.io'],
    [['https://ghcr.io/'], 'ghcr.io/a/b', 'https://ghcr.io/'],
    [['http://127.0.0.1:5000/v1/'], '127.0.0.1:5000/a', 'http://127.0.0.1:5000/v1/'],
    [['ghcr.io/v1/'], 'ghcr.io/a/b', 'ghcr.io/v1/'],
    [['https://ghcr.io/any/path'], 'ghcr.io/a/b', 'https://ghcr.io/any/path'],
    [['https://ghcr.io/v1/', 'ghcr.io'], 'ghcr.io/a/b', 'ghcr.io'],
    [['https://ghcr.io/any/path', 'https://ghcr.io'], 'ghcr.io/a/b', 'https://ghcr.io'],
    [['GHCR.IO'], 'ghcr.io/a/b', 'GHCR.IO'],
    [['https://index.docker.io/v1/'], 'docker.io/library/a', 'https://index.docker.io/v1/'],
    [['docker.io'], 'docker.io/library/a', 'docker.io'],
    [['index.docker.io'], 'docker.io/library/a', 'index.docker.io'],
    [['registry-1.docker.io'], 'docker.io/library/a', 'registry-1.docker.io'],
    [['docker.io', 'https://index.docker.io/v1/'], 'docker.io/library/a', 'https://index.docker.io/v1/'],
    [['docker.io/library', 'https://index.docker.io/v1/'], 'docker.io/library/a', 'docker.io/library'],
    [['https://index.docker.io/v1/access-token'], 'docker.io/library/a', undefined],
    [['[::1]:5000'], '[::1]:5000/a', '[::1]:5000'],
    // Nothing but the whole host matches.
    [['azurecr.io', 'example.azurecr.io'], 'evil.azurecr.io.attacker/a', undefined],
    [['azurecr.io'], 'evil.azurecr.io/a', undefined],
    [['evil.azurecr.io.attacker'], 'evil.azurecr.io/a', undefined],
    [['ghcr.io:443'], 'ghcr.io/a', undefined],
    [['ghcr.io'], 'ghcr.io:443/a', undefined],
    [['*.io', '*', '', '/', 'https://', 'https:///v1/', 'http'], 'ghcr.io/a', undefined],
    [
      ['https://me:pw@ghcr.io/v1/', 'https://ghcr.io@evil/v1/', 'https://ghcr.io#/', 'ghcr.io?'],
      'ghcr.io/a',
      undefined,
    ],
    [['ftp://ghcr.io', '//ghcr.io', 'ghcr.io//', ' ghcr.io', 'ghcr.io\n', 'ghcr.io.'], 'ghcr.io/a', undefined],
    [['__proto__', 'constructor', 'toString'], 'constructor/a', 'constructor'],
  ])('of %j: for %s it is %s', async (keys, image, key) => {
    const it = world();
    const auths = keys.map(
      (name) => `${JSON.stringify(name)}: { "auth": "${auth(Buffer.from(name).toString('hex') || 'none')}" }`,
    );
    it.write('.docker/config.json', `{ "auths": { ${auths.join(', ')} } }`);
    expect(whoOf(await find(it, image))).toBe(key && Buffer.from(key).toString('hex'));
  });
});

describe('an entry', () => {
  const plain = { kind: 'password', username: 'me', password: SECRET };
  it.each<[string, unknown, object | undefined]>([
    ['auth', { auth: auth('me') }, plain],
    ['auth with more members', { auth: auth('me'), email: 'a@b' }, plain],
    ['auth in lines', { auth: `${auth('me').slice(0, 4)}\r\n${auth('me').slice(4)}\n` }, plain],
    ['auth with NULs after it', { auth: auth('me', `${SECRET}\0\0`) }, plain],
    ['auth with a colon in the password', { auth: auth('me', 'a:b:c') }, { ...plain, password: 'a:b:c' }],
    ['auth with an empty password', { auth: auth('me', '') }, { ...plain, password: '' }],
    ['auth beyond ASCII', { auth: auth('mé', 'pässwörd') }, { ...plain, username: 'mé', password: 'pässwörd' }],
    ['user name and password', { username: 'me', password: SECRET }, plain],
    ['auth and another user name', { auth: auth('me'), username: 'x', password: 'y' }, plain],
    ['an identity token', { identitytoken: SECRET }, { kind: 'identity-token', token: SECRET }],
    [
      'an identity token with auth',
      { auth: auth('0000', ''), identitytoken: SECRET },
      { kind: 'identity-token', token: SECRET },
    ],
    [
      'a registry token',
      { registrytoken: SECRET, identitytoken: 'x', auth: auth('me') },
      { kind: 'registry-token', token: SECRET },
    ],
    ['nothing', {}, undefined],
    ['null', null, undefined],
    ['members that are null or empty', { auth: null, username: '', identitytoken: null }, undefined],
  ])('with %s', async (_, value, expected) => {
    const it = world();
    const from = it.write('.docker/config.json', { auths: { 'ghcr.io': value } });
    const { credentials, problems } = await find(it, 'ghcr.io/a');
    expect({ credentials, problems }).toEqual({ credentials: expected && { ...expected, from }, problems: [] });
  });

  it.each<[string, unknown, string]>([
    ['is a text', SECRET, 'it is not an object'],
    ['is a list', [SECRET], 'it is not an object'],
    ['has auth that is no text', { auth: 12 }, 'its "auth" is not a text'],
    ['has auth that is not base64', { auth: `${SECRET}!` }, 'its "auth" is not base64'],
    [
      'has auth without its end',
      { auth: auth('me', 'abc').replace(/=+$/, '').slice(0, -1) },
      'its "auth" is not base64',
    ],
    ['has auth without a colon', { auth: Buffer.from(SECRET).toString('base64') }, 'no colon'],
    ['has auth that is not UTF-8', { auth: Buffer.from([0xff, 0x3a, 0xfe]).toString('base64') }, 'not UTF-8'],
    ['has auth without a user name', { auth: auth('') }, 'the user name is empty'],
    ['has a password without a user name', { password: SECRET }, 'the user name is empty'],
    ['has a user name with a colon', { username: 'a:b', password: SECRET }, 'a colon'],
    ['has a control character in the password', { auth: auth('me', `a\r\nX: ${SECRET}`) }, 'control character'],
    ['has a token that could end a header', { registrytoken: `${SECRET}\r\nX-A: b` }, 'characters that no token has'],
    ['has an identity token beyond ASCII', { identitytoken: `${SECRET}é` }, 'characters that no token has'],
  ])('that %s is a problem, and the next one counts', async (_, value, problem) => {
    const it = world();
    const podman = it.write('.config/containers/auth.json', { auths: { 'ghcr.io/a': value } });
    it.write('.docker/config.json', entry('next'));
    const found = await find(it, 'ghcr.io/a/b');
    expect(whoOf(found)).toBe('next');
    expect(found.problems).toEqual([expect.stringContaining(problem)]);
    expect(found.problems[0]).toContain(`${podman}: entry "ghcr.io/a": `);
  });

  it('that is empty lets a shorter key and the next file count', async () => {
    const it = world();
    it.write('.config/containers/auth.json', { auths: { 'ghcr.io/a/b': {}, 'ghcr.io/a': {} } });
    it.write('.docker/config.json', { auths: { 'ghcr.io/a/b': {}, 'ghcr.io': { auth: auth('docker') } } });
    expect(whoOf(await find(it, 'ghcr.io/a/b'))).toBe('docker');
  });
});

describe('a file', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['is not JSON', `{"auths": {"ghcr.io": {"auth": "${SECRET}" "x"}}}`, 'it is not JSON'],
    ['begins with a mark', `\ufeff{"auths":{"ghcr.io":{"auth":"${auth('me')}"}}}`, 'it is not JSON'],
    ['is a list', `["${SECRET}"]`, 'it is not a JSON object'],
    ['is a text', `"${SECRET}"`, 'it is not a JSON object'],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'it is not UTF-8 text'],
    ['has a list of entries', `{"auths": ["${SECRET}"]}`, '"auths" in it is not an object'],
    ['has a text for helpers', `{"credHelpers": "${SECRET}"}`, '"credHelpers" in it is not an object'],
    ['has a helper that is no text', `{"credHelpers": {"a.io": ["${SECRET}"]}}`, '"credHelpers" in it is not a text'],
    ['has a store that is no text', `{"credsStore": {"x": "${SECRET}"}}`, '"credsStore" in it is not a text'],
    ['has more than a MiB', `{"auths": {}, "x": "${'x'.repeat(1 << 20)}"}`, 'it has more than 1048576 bytes'],
  ])('that %s is a problem, and the next one counts', async (_, content, problem) => {
    const it = world();
    mkdirSync(join(it.home, '.config/containers'), { recursive: true });
    const podman = join(it.home, '.config/containers/auth.json');
    writeFileSync(podman, content);
    it.write('.docker/config.json', entry('next'));
    const found = await find(it, 'ghcr.io/a');
    expect([whoOf(found), found.problems]).toEqual(['next', [`${podman}: ${problem}`]]);
  });

  it('that is empty, or has no entries, is none', async () => {
    const it = world();
    it.write('.config/containers/auth.json', ' \n');
    it.write('.docker/config.json', { auths: null, credHelpers: null, credsStore: null, HttpHeaders: {} });
    const { credentials, problems } = await find(it, 'ghcr.io/a');
    expect([credentials, problems]).toEqual([undefined, []]);
  });

  it('that is a directory, a loop or a fifo is a problem, and nothing waits for it', async () => {
    const it = world((home) => ({ env: { REGISTRY_AUTH_FILE: 'fifo', XDG_RUNTIME_DIR: join(home, 'run') } }));
    expect((await run('mkfifo', [join(it.home, 'fifo')])).status).toBe(0);
    mkdirSync(join(it.home, 'run/containers'), { recursive: true });
    symlinkSync('auth.json', join(it.home, 'run/containers/auth.json'));
    mkdirSync(join(it.home, '.docker/config.json'), { recursive: true });
    expect((await find(it, 'ghcr.io/a')).problems).toEqual([
      `${join(it.home, 'fifo')}: it is not a file`,
      `${join(it.home, 'run/containers/auth.json')}: it cannot be read: too many levels of symlinks (ELOOP)`,
      `${join(it.home, '.docker/config.json')}: it is not a file`,
    ]);
  });

  it('that the user names must be there; others need not', async () => {
    const it = world({ env: { REGISTRY_AUTH_FILE: 'missing.json' } });
    expect((await find(it, 'ghcr.io/a')).problems).toEqual([`${join(it.home, 'missing.json')}: it does not exist`]);
    expect((await find(it, 'ghcr.io/a', '/missing')).problems).toEqual(['/missing: it does not exist']);
    expect((await find(world(), 'ghcr.io/a')).problems).toEqual([]);
  });

  it('is read once', async () => {
    const it = world();
    it.write('.docker/config.json', entry('before'));
    const keychain = openKeychain(it.host, {}, () => undefined);
    expect(whoOf(await keychain.find('ghcr.io', 'a'))).toBe('before');
    it.write('.docker/config.json', entry('after'));
    expect(whoOf(await keychain.find('ghcr.io', 'b'))).toBe('before');
  });
});

describe('which helper', () => {
  const files = {
    own: { credHelpers: { 'ghcr.io': 'own' }, credsStore: 'store', ...entry('file') },
    store: { credsStore: 'store', ...entry('file') },
    none: { credHelpers: { 'ghcr.io': '' }, credsStore: 'store', ...entry('file') },
    hub: { credHelpers: { 'https://index.docker.io/v1/': 'own' } },
    podmanHub: { credHelpers: { 'docker.io': 'own' } },
    others: { credHelpers: { 'quay.io': 'own', 'sub.ghcr.io': 'own', io: 'own', 'ghcr.io:443': 'own' } },
    marker: { credsStore: 'store', auths: { 'ghcr.io': {} } },
  };
  const FAILS = 'echo broken; exit 2';

  it.each<
    [file: keyof typeof files, own: string, store: string, image: string, who: string | undefined, runs: string[]]
  >([
    ['own', answering('own'), answering('store'), 'ghcr.io/a', 'own', ['own get ghcr.io']],
    ['own', NOT_FOUND, answering('store'), 'ghcr.io/a', 'next', ['own get ghcr.io']],
    ['own', FAILS, answering('store'), 'ghcr.io/a', 'file', ['own get ghcr.io']],
    ['own', FAILS, answering('store'), 'quay.io/a', 'store', ['store get quay.io']],
    ['store', FAILS, answering('store'), 'ghcr.io/a', 'store', ['store get ghcr.io']],
    ['store', FAILS, NOT_FOUND, 'ghcr.io/a', 'file', ['store get ghcr.io']],
    ['store', FAILS, FAILS, 'ghcr.io/a', 'file', ['store get ghcr.io']],
    ['none', answering('own'), answering('store'), 'ghcr.io/a', 'file', []],
    ['marker', FAILS, answering('store'), 'ghcr.io/a', 'store', ['store get ghcr.io']],
    ['marker', FAILS, FAILS, 'ghcr.io/a', 'next', ['store get ghcr.io']],
    ['hub', answering('own'), FAILS, 'docker.io/library/a', 'own', ['own get https://index.docker.io/v1/']],
    ['podmanHub', answering('own'), FAILS, 'docker.io/library/a', 'own', ['own get https://index.docker.io/v1/']],
    ['others', answering('own'), FAILS, 'ghcr.io/a', 'next', []],
    ['own', answering('<token>'), FAILS, 'ghcr.io/a', 'identity-token', ['own get ghcr.io']],
  ])('%s: own %j, store %j, for %s → %s', async (file, own, store, image, who, runs) => {
    const it = world();
    it.write('.config/containers/auth.json', files[file]);
    it.write('.docker/config.json', entry('next'));
    it.helper('own', own);
    it.helper('store', store);
    expect(whoOf(await find(it, image))).toBe(who);
    expect(it.runs()).toEqual(runs);
  });

  it('runs once for a registry, also where two files name it and it fails', async () => {
    const it = world();
    it.write('.config/containers/auth.json', { credsStore: 'a' });
    it.write('.docker/config.json', { credsStore: 'a' });
    it.helper('a', 'echo no; exit 1');
    const keychain = openKeychain(it.host, {}, () => undefined);
    await Promise.all([keychain.find('ghcr.io', 'a'), keychain.find('ghcr.io', 'b'), keychain.find('quay.io', 'a')]);
    expect(it.runs().sort()).toEqual(['a get ghcr.io', 'a get quay.io']);
  });
});

describe.skipIf(!need('setsid'))('what a helper does', () => {
  const long = `head -c 70000 /dev/zero | tr '\\0' x`;
  const problem = (words: string) => expect.stringContaining(words);
  it.each<[string, string, string | undefined, unknown[]]>([
    ['answers without the server', answering('me'), 'me', []],
    ['answers with it', `echo '{"ServerURL":"ghcr.io","Username":"me","Secret":"${SECRET}"}'`, 'me', []],
    [
      'answers with its address',
      `echo '{"ServerURL":"https://ghcr.io/v2/","Username":"me","Secret":"${SECRET}"}'`,
      'me',
      [],
    ],
    ['answers more than is asked', `echo '{"Username":"me","Secret":"${SECRET}","More":[1]}'`, 'me', []],
    [
      'answers for another server',
      `echo '{"ServerURL":"evil.io","Username":"me","Secret":"${SECRET}"}'`,
      undefined,
      [problem('it is for another server')],
    ],
    [
      'answers for a longer name',
      `echo '{"ServerURL":"ghcr.io.evil","Username":"me","Secret":"${SECRET}"}'`,
      undefined,
      [problem('it is for another server')],
    ],
    ['has nothing', NOT_FOUND, undefined, []],
    [
      'has nothing, and says so on two lines',
      'echo; echo credentials not found in native keychain; echo; exit 1',
      undefined,
      [],
    ],
    ['has no server', 'echo no credentials server URL; exit 1', undefined, []],
    ['has no user', 'echo no credentials username; exit 1', undefined, []],
    ['answers with nothing', 'echo "{}"', undefined, []],
    ['says nothing', 'true', undefined, []],
    ['says nothing and fails', 'exit 3', undefined, [problem('docker-credential-x exited with status 3')]],
    [
      'complains',
      'echo cannot reach the vault; exit 1',
      undefined,
      [problem('exited with status 1: cannot reach the vault')],
    ],
    [
      'complains on standard error',
      'echo cannot reach the vault >&2; exit 1',
      undefined,
      [problem('exited with status 1: cannot reach the vault')],
    ],
    [
      'fails with a secret',
      `echo '{"Secret": "${SECRET}"}'; echo "password=${SECRET} https://me:${SECRET}@host/"; exit 1`,
      undefined,
      [problem('"Secret": …')],
    ],
    [
      'fails with colours',
      `printf '\\033[31mred\\033]0;x\\007 \\342\\200\\256'; exit 1`,
      undefined,
      [problem('\\u{1b}[31mred\\u{1b}]0;x\\u{7} \\u{202e}')],
    ],
    ['fails with much', `${long}; exit 1`, undefined, [problem('wrote more than 65536 bytes')]],
    [
      'fails with quite much',
      `head -c 5000 /dev/zero | tr '\\0' x; exit 1`,
      undefined,
      [expect.stringMatching(/: x{1000}…$/)],
    ],
    [
      'is not JSON',
      `echo 'user ${SECRET}'`,
      undefined,
      [problem('the answer of docker-credential-x is not usable: it is not JSON')],
    ],
    ['is a list', `echo '["${SECRET}"]'`, undefined, [problem('it is not a JSON object')]],
    ['is not UTF-8', `printf '{"Username":"\\377","Secret":"a"}'`, undefined, [problem('it is not UTF-8 text')]],
    ['gives a number', `echo '{"Username":"me","Secret":1}'`, undefined, [problem('its "Secret" is not a text')]],
    ['gives no user', `echo '{"Secret":"${SECRET}"}'`, undefined, [problem('the user name is empty')]],
    [
      'gives control characters',
      `echo '{"Username":"me","Secret":"a\\\\r\\\\nb${SECRET}"}'`,
      undefined,
      [problem('control character')],
    ],
    [
      'gives a token with a line end',
      `echo '{"Username":"<token>","Secret":"${SECRET}\\\\n"}'`,
      undefined,
      [problem('characters that no token has')],
    ],
    ['ends by a signal', 'kill -9 $$', undefined, [problem('was ended by SIGKILL')]],
    ['writes without end', 'yes', undefined, [problem('wrote more than 65536 bytes')]],
    ['complains without end, then answers', `yes | head -c 300000 >&2; ${answering('me')}`, 'me', []],
    ['answers and leaves a child with the pipe', `sleep 300 & ${answering('me')}`, 'me', []],
    ['answers and leaves a child outside its group', `setsid sleep 5 & ${answering('me')}`, 'me', []],
  ])('it %s', async (_, script, who, problems) => {
    const it = world();
    const file = it.write('.docker/config.json', { credsStore: 'x' });
    it.helper('x', script);
    const found = await find(it, 'ghcr.io/a');
    expect(whoOf(found)).toBe(who);
    expect(found.problems).toEqual(problems);
    if (found.credentials !== undefined) expect(found.credentials.from).toBe(`docker-credential-x of ${file}`);
  });

  it('it hangs: it is ended with all its children after the time that it has', async () => {
    const it = world({ patienceMs: 300 });
    it.write('.docker/config.json', { credsStore: 'x', ...entry('file') });
    it.helper('x', `sh -c 'echo $$ > "$HOME/pid"; sleep 300' & sleep 300`);
    const found = await find(it, 'ghcr.io/a');
    expect([whoOf(found), found.problems]).toEqual(['file', [problem('docker-credential-x did not end within 30 s')]]);
    const child = Number(it.read('pid'));
    for (let tries = 0; it.host.processes.isAlive(child) && tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(it.host.processes.isAlive(child)).toBe(false);
  });

  it('it hangs and the user interrupts: that is what ends the search', async () => {
    const controller = new AbortController();
    const it = world();
    it.write('.docker/config.json', { credsStore: 'x' });
    it.helper('x', 'sleep 300');
    const host = { ...it.host, interruption: controller.signal };
    setTimeout(() => controller.abort(new Error('interrupted')), 200);
    await expect(openKeychain(host, {}, () => undefined).find('ghcr.io', 'a')).rejects.toThrow('interrupted');
  });

  it.each(['../x', 'a/b', '..', 'x y', '$(x)', '-', '', '\0'])(
    'named %j runs only where that is a name',
    async (name) => {
      const it = world();
      it.write('.docker/config.json', { credHelpers: { 'ghcr.io': name } });
      writeFileSync(join(it.home, 'bin/x'), '#!/bin/sh\necho ran >> "$HOME/runs"\n', { mode: 0o755 });
      const { credentials, problems } = await find(it, 'ghcr.io/a');
      expect([credentials, it.runs()]).toEqual([undefined, []]);
      if (name === '') expect(problems).toEqual([]);
      else
        expect(problems).toEqual([
          expect.stringMatching(/a name that no helper can have$|docker-credential-- is not on PATH$/),
        ]);
    },
  );

  it('gets the environment of the user without the secrets in it', async () => {
    const env = {
      AWS_PROFILE: 'x',
      TBUILD_USERNAME: 'u',
      TBUILD_PASSWORD: SECRET,
      DOCKER_AUTH_CONFIG: `{"a":"${SECRET}"}`,
    };
    const it = world({ env });
    it.write('.docker/config.json', { credsStore: 'x' });
    it.helper('x', `env > "$HOME/env"; ${answering('me')}`);
    expect(whoOf(await find(it, 'ghcr.io/a'))).toBe('me');
    expect(it.read('env')).toContain('AWS_PROFILE=x');
    expect(it.read('env')).not.toContain(SECRET);
  });

  it('that is not installed is a problem', async () => {
    const it = world();
    const file = it.write('.docker/config.json', { credsStore: 'x' });
    expect((await find(it, 'ghcr.io/a')).problems).toEqual([`${file}: docker-credential-x is not on PATH`]);
  });
});

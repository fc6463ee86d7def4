import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eraseCredentials, storeCredentials } from '../../src/credentials/index.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { answering, auth, find, makeWorld, NOT_FOUND, REMEMBERING, SECRET, type World, whoOf } from './support.js';

const directory = temporaryDirectory();
let count = 0;

/** What the programs sent: `user:password`, or the kind of token. */
const sent: string[] = [];
/** A registry that denies everything, and a daemon that does nothing: both remember who asked. */
let registry: Server;
let daemon: Server;
let host = '';
let socket = '';

const denying: RequestListener = (request, response) => {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    sent.push(Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString());
    response.writeHead(403).end();
  } else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
};

const idle: RequestListener = (request, response) => {
  const header = request.headers['x-registry-auth'];
  if (request.url?.includes('/images/create') && typeof header === 'string') {
    const { username, password, identitytoken, registrytoken } = JSON.parse(
      Buffer.from(header, 'base64url').toString(),
    );
    if (registrytoken) sent.push('registry-token');
    else if (identitytoken) sent.push('identity-token');
    else if (username || password) sent.push(`${username}:${password}`);
  }
  response.writeHead(200, { 'api-version': '1.41', 'content-type': 'application/json' }).end('{}');
};

async function listen(listener: RequestListener, at: number | string): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(at as number, '127.0.0.1', resolve));
  return server;
}

beforeAll(async () => {
  registry = await listen(denying, 0);
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  socket = join(directory.path, 'docker.sock');
  daemon = createServer(idle);
  await new Promise<void>((resolve) => daemon.listen(socket, resolve));
});
afterAll(() => {
  for (const server of [registry, daemon]) {
    server.closeAllConnections();
    server.close();
  }
});

function environmentOf(world: World): Record<string, string | undefined> {
  const cleared = ['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'DOCKER_AUTH_CONFIG'];
  const { PATH, ...rest } = world.host.env.variables();
  return {
    ...Object.fromEntries(cleared.map((name) => [name, undefined])),
    ...rest,
    PATH: `${PATH}:${process.env.PATH}`,
    DOCKER_HOST: `unix://${socket}`,
  };
}

/** Whom `docker pull` and `skopeo inspect` send: the last one, or nobody. */
async function sentBy(program: 'docker' | 'skopeo', image: string, world: World): Promise<string | undefined> {
  sent.length = 0;
  const args = program === 'docker' ? ['pull', image] : ['inspect', '--tls-verify=false', `docker://${image}`];
  await run(program, args, { env: environmentOf(world), cwd: world.home, timeoutMs: 60_000 });
  // Skopeo without credentials answers "Basic" with empty ones.
  return sent
    .filter((who) => who !== ':')
    .at(-1)
    ?.replace(`:${SECRET}`, '');
}

const PODMAN = '.config/containers/auth.json';
const DOCKER = '.docker/config.json';

interface Case {
  readonly title: string;
  /** `HOST` in it stands for the registry. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly helper?: string;
  readonly image?: string;
  readonly found: string | undefined;
  /** Where it does not find the same. */
  readonly docker?: string | undefined;
  readonly skopeo?: string | undefined;
}

const cases: readonly Case[] = [
  { title: 'an entry for the host', files: { [DOCKER]: { auths: { HOST: { auth: auth('a') } } } }, found: 'a' },
  {
    title: 'the key of old versions',
    files: { [DOCKER]: { auths: { 'https://HOST/v1/': { auth: auth('a') } } } },
    found: 'a',
  },
  {
    title: 'an address with a path',
    files: { [DOCKER]: { auths: { 'http://HOST/a/b': { auth: auth('a') } } } },
    found: 'a',
  },
  {
    title: 'an exact key before an old one',
    files: { [DOCKER]: { auths: { 'https://HOST/v1/': { auth: auth('a') }, HOST: { auth: auth('b') } } } },
    found: 'b',
  },
  {
    title: 'user name and password',
    files: { [DOCKER]: { auths: { HOST: { username: 'a', password: SECRET } } } },
    found: 'a',
    skopeo: undefined,
  },
  {
    title: 'NULs after the password',
    files: { [DOCKER]: { auths: { HOST: { auth: auth('a', `${SECRET}\0\0`) } } } },
    found: 'a',
  },
  {
    title: 'auth over user name',
    files: { [DOCKER]: { auths: { HOST: { auth: auth('a'), username: 'b', password: 'c' } } } },
    found: 'a',
  },
  {
    title: 'an identity token',
    files: { [DOCKER]: { auths: { HOST: { auth: auth('0', ''), identitytoken: SECRET } } } },
    found: 'identity-token',
    // "Basic" cannot carry it.
    skopeo: '0:',
  },
  {
    title: 'a registry token',
    files: { [DOCKER]: { auths: { HOST: { registrytoken: SECRET } } } },
    found: 'registry-token',
    skopeo: undefined,
  },
  { title: 'a longer host', files: { [DOCKER]: { auths: { 'HOST.evil': { auth: auth('a') } } } }, found: undefined },
  { title: 'an empty entry', files: { [DOCKER]: { auths: { HOST: {} } } }, found: undefined },
  {
    title: 'the helper of the registry',
    files: { [DOCKER]: { credHelpers: { HOST: 'x' }, auths: { HOST: { auth: auth('a') } } } },
    helper: answering('helper'),
    found: 'helper',
  },
  {
    title: 'the helper of the registry, which has nothing',
    files: { [DOCKER]: { credHelpers: { HOST: 'x' }, auths: { HOST: { auth: auth('a') } } } },
    helper: NOT_FOUND,
    found: undefined,
  },
  {
    title: 'the helper of the registry, which fails',
    files: { [DOCKER]: { credHelpers: { HOST: 'x' }, auths: { HOST: { auth: auth('a') } } } },
    helper: 'exit 1',
    found: 'a',
    skopeo: undefined,
  },
  {
    title: 'the helper of another registry',
    files: { [DOCKER]: { credHelpers: { 'HOST.evil': 'x' }, auths: { HOST: { auth: auth('a') } } } },
    helper: answering('helper'),
    found: 'a',
  },
  {
    title: 'the helper of all registries',
    files: { [DOCKER]: { credsStore: 'x', auths: { HOST: { auth: auth('a') } } } },
    helper: answering('helper'),
    found: 'helper',
    skopeo: 'a',
  },
  {
    title: 'the helper of all registries, which has nothing',
    files: { [DOCKER]: { credsStore: 'x', auths: { HOST: { auth: auth('a') } } } },
    helper: NOT_FOUND,
    found: 'a',
    docker: undefined,
  },
  {
    title: 'the helper of all registries, which fails',
    files: { [DOCKER]: { credsStore: 'x', auths: { HOST: { auth: auth('a') } } } },
    helper: 'exit 1',
    found: 'a',
  },
  {
    title: 'no helper for the registry',
    files: { [DOCKER]: { credsStore: 'x', credHelpers: { HOST: '' }, auths: { HOST: { auth: auth('a') } } } },
    helper: answering('helper'),
    found: 'a',
    skopeo: undefined,
  },
  {
    title: 'an identity token of a helper',
    files: { [DOCKER]: { credsStore: 'x' } },
    helper: answering('<token>'),
    found: 'identity-token',
    skopeo: undefined,
  },
  {
    title: "podman's file before docker's",
    files: { [PODMAN]: { auths: { HOST: { auth: auth('a') } } }, [DOCKER]: { auths: { HOST: { auth: auth('b') } } } },
    found: 'a',
    docker: 'b',
  },
  {
    title: "docker's file where podman's says nothing",
    files: {
      [PODMAN]: { auths: { 'quay.io': { auth: auth('a') } } },
      [DOCKER]: { auths: { HOST: { auth: auth('b') } } },
    },
    found: 'b',
  },
  {
    title: "podman's helper without an answer",
    files: {
      [PODMAN]: { credHelpers: { HOST: 'x' }, auths: { HOST: { auth: auth('a') } } },
      [DOCKER]: { auths: { HOST: { auth: auth('b') } } },
    },
    helper: NOT_FOUND,
    found: 'b',
  },
  {
    title: 'the longest path',
    files: {
      [PODMAN]: {
        auths: { HOST: { auth: auth('a') }, 'HOST/org': { auth: auth('b') }, 'HOST/org/app': { auth: auth('c') } },
      },
    },
    found: 'c',
    docker: undefined,
  },
  {
    title: 'a parent path',
    files: { [PODMAN]: { auths: { HOST: { auth: auth('a') }, 'HOST/org': { auth: auth('b') } } } },
    found: 'b',
    docker: undefined,
  },
  {
    title: 'a path that is no parent',
    files: { [PODMAN]: { auths: { 'HOST/or': { auth: auth('a') }, 'HOST/org/ap': { auth: auth('b') } } } },
    found: undefined,
  },
];

describe.skipIf(!need('docker', 'skopeo'))('as docker pull and skopeo', () => {
  it.each(cases)('finds $found: $title', async ({ title: _, files, helper, image = 'org/app', found, ...others }) => {
    const world = makeWorld(join(directory.path, `home-${count++}`));
    for (const [path, content] of Object.entries(files)) {
      world.write(path, JSON.stringify(content).replaceAll('HOST', host));
    }
    if (helper !== undefined) world.helper('x', helper);
    expect(whoOf(await find(world, `${host}/${image}`))).toBe(found);
    const [docker, skopeo] = [
      await sentBy('docker', `${host}/${image}`, world),
      await sentBy('skopeo', `${host}/${image}`, world),
    ];
    expect({ docker, skopeo }).toEqual({ docker: found, skopeo: found, ...others });
  });

  it.each<[string, Record<string, unknown>]>([
    ["in docker's file", { [DOCKER]: { auths: {} } }],
    ['with a helper', { [DOCKER]: { credsStore: 'x' } }],
  ])('what is stored %s docker finds, and after it is erased no longer', async (_, files) => {
    const world = makeWorld(join(directory.path, `home-${count++}`));
    for (const [path, content] of Object.entries(files)) world.write(path, content);
    world.helper('x', REMEMBERING);
    await storeCredentials(world.host, {}, { registry: host, username: 'me', password: SECRET });
    await storeCredentials(world.host, {}, { registry: 'docker.io', username: 'hub', password: SECRET });
    expect(await sentBy('docker', `${host}/org/app`, world)).toBe('me');
    expect(await sentBy('docker', 'alpine', world)).toBe('hub');
    await eraseCredentials(world.host, {}, host);
    expect(await sentBy('docker', `${host}/org/app`, world)).toBeUndefined();
  });

  it("what is stored in podman's file skopeo finds, and after it is erased no longer", async () => {
    const world = makeWorld(join(directory.path, `home-${count++}`));
    await storeCredentials(world.host, {}, { registry: `${host}/org`, username: 'org', password: SECRET });
    await storeCredentials(world.host, {}, { registry: host, username: 'me', password: SECRET });
    expect(await sentBy('skopeo', `${host}/org/app`, world)).toBe('org');
    expect(await sentBy('skopeo', `${host}/other/app`, world)).toBe('me');
    await eraseCredentials(world.host, {}, `${host}/org`);
    expect(await sentBy('skopeo', `${host}/org/app`, world)).toBe('me');
    await eraseCredentials(world.host, {}, host);
    expect(await sentBy('skopeo', `${host}/org/app`, world)).toBeUndefined();
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../../src/host/index.js';
import type { Descriptor, Digest } from '../../../src/oci/index.js';
import { verifyLogin } from '../../../src/store/index.js';
import { collect } from '../../../src/util/index.js';
import { json } from '../../support/registry/answers.js';
import { answering, refusing } from '../../support/registry/effects.js';
import { basicGuard, bearerGuard, unauthorised } from '../../support/registry/guards.js';
import { makeImage, putImage, type TestImage } from '../../support/registry/images.js';
import { type Laboratory, labUser, openLaboratory } from '../../support/registry/laboratory.js';
import { at } from '../../support/registry/registry.js';
import { hostileTokenAnswers } from '../../support/registry/token-server.js';
import { errorOf } from '../support.js';
import {
  authConfig,
  hostWithVariables,
  type Pulling,
  type PullOptions,
  startPulling,
  variablesFor,
} from './pull-support.js';

let lab: Laboratory;
let image: TestImage;
const opened: Pulling[] = [];
beforeEach(async () => {
  lab = await openLaboratory();
  lab.registry.guard = bearerGuard(lab.tokens);
  image = putImage(lab.registry.repository('a/b'), await makeImage(), '1');
});
afterEach(async () => {
  for (const pulling of opened.splice(0)) await pulling.close();
  await lab.close();
});

function pull(options: PullOptions = {}) {
  const pulling = startPulling(options);
  opened.push(pulling);
  return pulling.at(`${lab.registry.authority}/a/b`);
}
const asAlice = () => variablesFor(lab.registry.authority, labUser);
const asRobot = (entry: Readonly<Record<string, string>>) => authConfig(lab.registry.authority, entry);
const tokenRequests = () => lab.requests.filter(({ server }) => server === 'tokens');
const registryRequests = () => lab.requests.filter(({ server }) => server === 'registry');
const questions = () => tokenRequests().map(({ url }) => new URL(url, lab.tokens.origin).searchParams);
const statuses = () => registryRequests().map(({ status }) => status);

async function readAll(own: ReturnType<typeof pull>): Promise<void> {
  const target = await own.resolve('1');
  await own.readDocument(target);
  for (const [digest, bytes] of image.blobs) {
    await collect(await own.openBlob({ mediaType: 'x', digest: digest as Digest, size: bytes.length }), 1e9);
  }
}

describe('a registry that wants tokens', () => {
  it('is asked once without one; then the same token serves for everything, and asks for reading only', async () => {
    lab.tokens.options.anonymous = ['pull'];
    await readAll(pull());
    expect(statuses()).toEqual([401, 200, 200, 200, 200, 200]);
    expect(tokenRequests()).toHaveLength(1);
    expect(questions()[0]!.getAll('scope')).toEqual(['repository:a/b:pull']);
    expect(questions()[0]!.get('service')).toBe(lab.tokens.service);
    expect(tokenRequests()[0]!.headers.authorization).toBeUndefined();
  });

  it('is asked without one by the first of many requests only', async () => {
    lab.tokens.options.anonymous = ['pull'];
    const own = pull();
    await Promise.all(Array.from({ length: 8 }, () => own.resolve('1')));
    expect(statuses().filter((status) => status === 401)).toHaveLength(1);
    expect(tokenRequests()).toHaveLength(1);
  });

  it('gets the token of a user, whose password only the token server sees', async () => {
    await readAll(pull({ variables: asAlice() }));
    const secret = Buffer.from(`${labUser.name}:${labUser.password}`).toString('base64');
    expect(tokenRequests()[0]!.headers.authorization).toBe(`Basic ${secret}`);
    expect(registryRequests().some(({ headers }) => headers.authorization?.includes(secret))).toBe(false);
  });

  it('names who gave the credentials where the token server refuses them, and asks nobody else', async () => {
    lab.tokens.options.anonymous = ['pull'];
    const variables = variablesFor(lab.registry.authority, { name: 'alice', password: 'wrong' });
    const error = await errorOf(pull({ variables }).resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.message).toContain('answered 401: incorrect username or password');
    expect(error.message).toContain('the credentials of "alice" from TBUILD_');
    expect(JSON.stringify(error)).not.toContain('wrong');
    expect(tokenRequests()).toHaveLength(1);
  });

  it('says what to do where nobody is known and nobody may read', async () => {
    const error = await errorOf(pull().resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.hint).toContain(`log in with "tbuild login ${lab.registry.authority} -u USER --password-stdin"`);
    expect(error.hint).toContain('The repository may be private, or not exist');
  });

  it.each(['first', 'last'] as const)('gets along with a server that looks at the %s scope only', async (scopes) => {
    lab.tokens.options.scopes = scopes;
    await readAll(pull({ variables: asAlice() }));
  });

  it('gets along with less than was asked for, until that is too little', async () => {
    lab.tokens.options.granted = () => false;
    const error = await errorOf(pull({ variables: asAlice() }).resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.hint).toContain('the credentials of "alice"');
    expect(registryRequests().length).toBeLessThanOrEqual(3);
    expect(tokenRequests().length).toBeLessThanOrEqual(2);
  });

  it('gets another token where one is not good any more', async () => {
    const own = pull({ variables: asAlice() });
    const target = await own.resolve('1');
    lab.tokens.revokeAll();
    await own.readDocument(target);
    expect(statuses()).toEqual([401, 200, 401, 200]);
    expect(tokenRequests()).toHaveLength(2);
  });

  it('is asked for the rights that it says are lacking, but not for those to write', async () => {
    lab.tokens.options.anonymous = ['pull', 'metadata_read'];
    lab.registry.guard = (exchange) => {
      const token = /^Bearer (.+)$/.exec(exchange.headers.authorization ?? '')?.[1];
      const needs = [{ repository: 'a/b', actions: ['metadata_read'] }];
      if (token !== undefined && lab.tokens.judge(token, needs) === 'good') return undefined;
      const scope = 'repository:a/b:metadata_read,push,delete,* repository:victim/c:pull registry:catalog:*';
      return unauthorised([`Bearer realm="${lab.tokens.realm}",service="${lab.tokens.service}",scope="${scope}"`]);
    };
    expect(await pull().tags()).toEqual(['1']);
    expect(questions().at(-1)!.getAll('scope')).toEqual(['repository:a/b:pull,metadata_read']);
  });

  it('cannot put anything else into the question', async () => {
    lab.tokens.options.anonymous = ['pull'];
    const service = 'x&scope=repository:victim/c:pull';
    lab.registry.guard = (exchange) => {
      if (exchange.headers.authorization !== undefined) return undefined;
      return unauthorised([
        `Bearer realm="${lab.tokens.realm}?scope=repository:victim/c:pull&service=other&account=x",service="${service}"`,
      ]);
    };
    await pull().resolve('1');
    expect([...questions()[0]!]).toEqual([
      ['account', 'x'],
      ['service', service],
      ['scope', 'repository:a/b:pull'],
    ]);
  });

  it('does not keep us busy with 401 for ever', async () => {
    lab.tokens.options.anonymous = ['pull'];
    let count = 0;
    lab.registry.guard = () =>
      unauthorised([
        `Bearer realm="${lab.tokens.realm}",service="${count++}",scope="repository:a/b:more_${'x'.repeat(count % 20)}"`,
      ]);
    const error = await errorOf(pull().resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(registryRequests()).toHaveLength(3);
  });

  it.each([[[]], [['Negotiate']], [['Bearer service="no realm"']], [['nonsense=']]])(
    'that does not say how is refused: %j',
    async (challenges) => {
      lab.registry.guard = () => unauthorised(challenges);
      const error = await errorOf(pull({ variables: asAlice() }).resolve('1'));
      expect(error.code).toBe('registry-unauthorised');
      expect(registryRequests()).toHaveLength(1);
    },
  );

  it('takes an answer 401 of another origin for what it is', async () => {
    lab.registry.quirks.blobsAt = lab.elsewhere.origin;
    lab.tokens.options.anonymous = ['pull'];
    lab.registry.faults.add(
      (exchange) => at.blobGet(exchange) && exchange.query('signature') !== undefined,
      answering(unauthorised([`Bearer realm="${lab.tokens.realm}"`])),
    );
    const own = pull({ variables: asAlice() });
    const [[digest, bytes]] = [...image.blobs] as [[Digest, Buffer]];
    const error = await errorOf(own.openBlob({ mediaType: 'x', digest, size: bytes.length }));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.message).toContain(`"${lab.elsewhere.authority}" answered 401`);
    expect(
      lab.requests.filter(({ server }) => server === 'elsewhere').map(({ headers }) => headers.authorization),
    ).toEqual([undefined]);
  });
});

describe('answers of token servers', () => {
  it.each(hostileTokenAnswers)('$name', async ({ isUsable, answer }) => {
    lab.tokens.options.anonymous = ['pull'];
    lab.tokens.options.answer = answer;
    const pulling = startPulling();
    opened.push(pulling);
    const own = pulling.at(`${lab.registry.authority}/a/b`);
    if (isUsable) {
      await readAll(own);
      expect(tokenRequests()).toHaveLength(1);
      return;
    }
    expect((await errorOf(own.resolve('1'))).code).toBe('server-invalid');
    expect(pulling.traffic.receivedBytes).toBeLessThan(256 * 1024);
  });

  it('with a short life are asked for again before they end', async () => {
    lab.tokens.options.anonymous = ['pull'];
    lab.tokens.options.answer = (token) => json(200, { token, expires_in: 10 });
    let now = 0;
    const host = createNodeHost();
    const clock = { ...host.clock, monotonic: () => now };
    const own = pull({ host: { ...host, clock } });
    await own.resolve('1');
    now = 8_900;
    await own.resolve('1');
    expect(tokenRequests()).toHaveLength(1);
    now = 9_100;
    await own.resolve('1');
    expect(tokenRequests()).toHaveLength(2);
    expect(statuses()).toEqual([401, 200, 200, 200]);
  });

  it.each([
    [refusing(503, 'UNAVAILABLE'), 'server-unavailable'],
    [refusing(429, 'TOOMANYREQUESTS'), 'server-unavailable'],
    [refusing(404, 'NOT_FOUND'), 'registry-refused'],
    [refusing(403, 'DENIED'), 'registry-unauthorised'],
    [answering({ status: 304 }), 'server-invalid'],
  ])('that are none end the work: %#', async (effect, code) => {
    lab.tokens.faults.add(() => true, effect);
    const error = await errorOf(pull().resolve('1'));
    expect(error.code).toBe(code);
    expect(error.message).toContain('which gives the tokens, answered');
  });
});

describe('the address that gives tokens', () => {
  const realms: readonly (readonly [string, string])[] = [
    ['a file', 'file:///etc/passwd'],
    ['ftp', 'ftp://127.0.0.1/token'],
    ['no address', 'http://'],
    ['with user information', 'http://user:secret@127.0.0.1/token'],
    ['plain HTTP elsewhere', 'http://auth.example.test/token'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest/token'],
    ['the metadata of a cloud, over TLS', 'https://169.254.169.254/latest/token'],
    ['that in IPv6', 'https://[fd00:ec2::254]/token'],
    ['a private network', 'https://10.0.0.1/token'],
    ['any address', 'https://0.0.0.0/token'],
    ['a number', 'https://167772161/token'],
  ];
  it.each(realms)('that is %s is not asked', async (_, realm) => {
    lab.registry.guard = () => unauthorised([`Bearer realm="${realm}",service="s"`]);
    const error = await errorOf(pull({ variables: asAlice() }).resolve('1'));
    expect(error.code).toBe('server-invalid');
    expect(error.message).not.toContain('secret');
    expect(lab.requests).toHaveLength(1);
  });
});

describe('other credentials', () => {
  it('an identity token is exchanged by POST', async () => {
    lab.tokens.options.identityTokens = ['identity-secret'];
    await readAll(pull({ variables: asRobot({ identitytoken: 'identity-secret' }) }));
    const [request] = tokenRequests();
    expect(tokenRequests()).toHaveLength(1);
    expect(request).toMatchObject({ method: 'POST', url: '/token' });
    const form = new URLSearchParams(request!.body().toString());
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'tbuild',
      service: lab.tokens.service,
      scope: 'repository:a/b:pull',
      refresh_token: 'identity-secret',
    });
  });

  it('an identity token goes by GET where POST is not known', async () => {
    lab.tokens.options.posts = false;
    lab.tokens.options.users = { '<token>': 'identity-secret' };
    await readAll(pull({ variables: asRobot({ identitytoken: 'identity-secret' }) }));
    expect(tokenRequests().map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('an identity token that ended is told as such, and goes to no other server', async () => {
    const own = pull({ variables: asRobot({ identitytoken: 'identity-secret' }) });
    lab.tokens.faults.add(() => true, answering(json(400, { error: 'invalid_grant' })), 1);
    const error = await errorOf(own.resolve('1'));
    expect(error).toMatchObject({ code: 'registry-unauthorised', message: expect.stringContaining('invalid_grant') });
    lab.tokens.faults.add(
      () => true,
      answering({ status: 307, headers: { location: `${lab.elsewhere.origin}/token` } }),
    );
    expect((await errorOf(own.resolve('1'))).code).toBe('server-invalid');
    expect(lab.requests.filter(({ server }) => server === 'elsewhere')).toEqual([]);
  });

  it('a registry token is sent as it is, to the registry', async () => {
    lab.registry.guard = ({ headers }) =>
      headers.authorization === 'Bearer registry-secret'
        ? undefined
        : unauthorised([`Bearer realm="${lab.tokens.realm}"`]);
    await readAll(pull({ variables: asRobot({ registrytoken: 'registry-secret' }) }));
    expect(tokenRequests()).toEqual([]);
    expect(statuses()).toEqual([401, 200, 200, 200, 200, 200]);
    const error = await errorOf(pull({ variables: asRobot({ registrytoken: 'other' }) }).resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
  });

  it('a password is sent where the registry wants that', async () => {
    lab.registry.guard = basicGuard({ [labUser.name]: labUser.password });
    await readAll(pull({ variables: asAlice() }));
    expect(statuses()).toEqual([401, 200, 200, 200, 200, 200]);
    const before = lab.requests.length;
    const wrong = variablesFor(lab.registry.authority, { name: 'alice', password: 'wrong' });
    const error = await errorOf(pull({ variables: wrong }).resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.hint).toContain('the credentials of "alice"');
    expect(lab.requests.length - before).toBe(2);
  });

  it('nothing is sent where the registry wants a password and none is known', async () => {
    lab.registry.guard = basicGuard({});
    for (const variables of [{}, asRobot({ identitytoken: 'identity-secret' })]) {
      const error = await errorOf(pull({ variables }).resolve('1'));
      expect(error.code).toBe('registry-unauthorised');
    }
    expect(lab.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('what went wrong with the sources of credentials is told where access is denied', async () => {
    const error = await errorOf(pull({ variables: { DOCKER_AUTH_CONFIG: '{"auths":' } }).resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    expect(error.hint).toContain('DOCKER_AUTH_CONFIG');
  });
});

describe('logging in', () => {
  const logIn = (password: string) => {
    const credentials = { kind: 'password', username: labUser.name, password, from: 'this login' } as const;
    const settings = { network: { insecure: [] }, credentials: {} };
    return verifyLogin(hostWithVariables({}), settings, lab.registry.authority, credentials);
  };

  it.each(['token', 'password', 'nothing'])('is verified at a registry that wants a %s', async (what) => {
    if (what === 'password') lab.registry.guard = basicGuard({ [labUser.name]: labUser.password });
    if (what === 'nothing') lab.registry.guard = undefined;
    await logIn(labUser.password);
    expect(lab.requests.every(({ url }) => url === '/v2/' || url.startsWith('/token'))).toBe(true);
    if (what === 'nothing') return;
    const error = await errorOf(logIn('wrong'));
    expect(error).toMatchObject({
      code: 'registry-unauthorised',
      message: expect.stringMatching(/^Cannot log in to "/),
    });
  });
});

describe('secrets', () => {
  it('are in no message, note or detail, whatever goes wrong', async () => {
    const secrets = [labUser.password, Buffer.from(`${labUser.name}:${labUser.password}`).toString('base64')];
    const own = startPulling({ variables: asAlice() });
    opened.push(own);
    const repository = own.at(`${lab.registry.authority}/a/b`);
    await repository.resolve('1');
    const seen: string[] = [];
    lab.registry.faults.add(() => true, {
      instead: ({ headers }) => ({
        status: 403,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(
          JSON.stringify({ errors: [{ code: 'DENIED', message: `you sent ${headers.authorization}` }] }),
        ),
      }),
    });
    const error = await errorOf(repository.readDocument(image.descriptor as Descriptor));
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      seen.push(at.message, JSON.stringify(at), String((at as { hint?: string }).hint));
    }
    seen.push(...own.notes);
    for (const secret of [...secrets, ...lab.tokens.tokens]) expect(seen.join('\n')).not.toContain(secret);
    expect(seen.join('\n')).toContain('you sent Bearer …');
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { LoggedRequest } from '../../support/registry/exchange.js';
import { basicGuard, bearerGuard } from '../../support/registry/guards.js';
import { makeImage, putImage, type TestImage, writeLayout } from '../../support/registry/images.js';
import type { TestRegistry } from '../../support/registry/registry.js';
import type { TokenServer } from '../../support/registry/token-server.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { type Internet, openInternet } from './internet.js';
import { makeSecret, secretsIn } from './secrets.js';
import { basic, makeUser, type Told, type User } from './user.js';

export const REGISTRY = 'https://registry.example';
export const AUTH = 'https://auth.example';
export const PULL = ['copy', 'docker://registry.example/app:v1', 'oci:out', '-v', '--debug-auth'];
export const PUSH = ['copy', 'oci:layout:v1', 'docker://registry.example/new:v1', '-v', '--debug-auth'];

/** What registries ask for: a password, or a token for it. */
export const KINDS = ['Basic', 'Bearer'] as const;

export interface World {
  readonly internet: Internet;
  readonly user: User;
  readonly image: TestImage;
  /** Of the user `me` at the registry. */
  readonly password: string;
  /** What the user shows to the proxy. */
  readonly proxyPassword: string;
  /** Opens the registry, which has the image, and where it wants tokens their server. */
  open(kind: (typeof KINDS)[number], origin?: string): Promise<TestRegistry>;
  readonly tokens: TokenServer;
  /** All secrets that there are. */
  secrets(): Readonly<Record<string, string>>;
  /** Fails where anybody but these was told anything secret. */
  expectToldOnly(...origins: readonly string[]): void;
  /** `GET /path` with ` !` where an authorization was there, of one server. */
  asked(origin: string): readonly string[];
  /** Runs tbuild, which shows no secret. */
  run: User['run'];
}

/** All that a request tells but the addresses that it was given by the server itself. */
const wordsOf = ({ headers, url, body }: LoggedRequest): string =>
  `${JSON.stringify(headers)} ${url} ${body().toString('latin1')}`;

/** Made anew for every test of the calling file, but for the certificates. */
export function credentialWorld(): World {
  const directory = temporaryDirectory();
  const [password, proxyPassword] = [makeSecret(), makeSecret()];
  let internet: Internet;
  let user: User;
  let image: TestImage;
  let tokens: TokenServer | undefined;
  beforeAll(async () => {
    mkdirSync(join(directory.path, 'certificates'));
    internet = await openInternet(join(directory.path, 'certificates'), `proxy:${encodeURIComponent(proxyPassword)}`);
    image = await makeImage();
  });
  afterAll(() => internet.close());
  beforeEach(() => {
    tokens = undefined;
    user = makeUser(join(directory.path, 'home'), internet);
    user.knows({ 'registry.example': `me:${password}` });
    writeLayout(user.path('layout'), { v1: image });
  });
  afterEach(() => internet.clear());

  const secrets = (): Readonly<Record<string, string>> => ({
    password,
    'proxy password': proxyPassword,
    ...Object.fromEntries((tokens?.tokens ?? []).map((token, i) => [`token ${i}`, token])),
  });
  return {
    get internet() {
      return internet;
    },
    get user() {
      return user;
    },
    get image() {
      return image;
    },
    get tokens() {
      return tokens!;
    },
    ...{ password, proxyPassword, secrets },
    async open(kind, origin = REGISTRY) {
      const registry = await internet.registry(origin, { quirks: { mounts: 'accepted' } });
      putImage(registry.repository('app'), image, 'v1');
      const cookie = { 'set-cookie': 'session=of-the-registry' };
      registry.faults.add(() => true, {
        change: (answer) => ({ ...answer, headers: { ...answer.headers, ...cookie } }),
      });
      if (kind === 'Bearer') tokens = await internet.tokens({ users: { me: password } });
      registry.guard = kind === 'Bearer' ? bearerGuard(tokens!) : basicGuard({ me: password });
      return registry;
    },
    expectToldOnly(...origins) {
      for (const request of internet.requests) {
        const { authorization, 'proxy-authorization': proxy, cookie } = request.headers;
        expect([request.server, proxy, cookie]).toEqual([request.server, undefined, undefined]);
        if (origins.includes(request.server)) continue;
        expect([request.server, request.url, authorization]).toEqual([request.server, request.url, undefined]);
        expect([request.server, secretsIn(wordsOf(request), secrets())]).toEqual([request.server, []]);
      }
      // What the proxy can see of the rest of the world is to whom it leads.
      for (const { authority, headers } of internet.reached) {
        const { 'proxy-authorization': proxy, ...others } = headers;
        expect([authority, proxy]).toEqual([authority, `Basic ${basic('proxy', proxyPassword)}`]);
        expect([authority, others.authorization, secretsIn(JSON.stringify(others), secrets())]).toEqual([
          authority,
          undefined,
          [],
        ]);
      }
    },
    asked: (origin) =>
      internet.requests
        .filter(({ server }) => server === origin)
        .map(({ method, path, headers }) => `${method} ${path}${headers.authorization === undefined ? '' : ' !'}`),
    async run(args, options) {
      const told: Told = await user.run(args, options);
      expect(secretsIn(told.all, secrets())).toEqual([]);
      return told;
    },
  };
}

/** Everybody whom the program asked for something or tried to. */
export function reachedBy({ internet }: World): readonly string[] {
  const trapped = internet.requests.filter(({ server }) => server === 'trap').map(() => 'trap');
  return [...new Set([...internet.reached.map(({ authority }) => authority), ...trapped])].sort();
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Http, HttpFailure } from '../../../src/host/index.js';
import type { Descriptor, Digest } from '../../../src/oci/index.js';
import { bytesOf, collect } from '../../../src/util/index.js';
import { cuttingAnswerAt, failing, hangingUp, longBody, refusing } from '../../support/registry/effects.js';
import { basicGuard } from '../../support/registry/guards.js';
import { makeImage, putImage, type TestImage } from '../../support/registry/images.js';
import { at, startRegistry, type TestRegistry } from '../../support/registry/registry.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { errorOf } from '../support.js';
import { type Pulling, startPulling, variablesFor } from './pull-support.js';
import { hurriedHost } from './push-support.js';

const workspace = temporaryDirectory();
let origin: TestRegistry;
let mirror: TestRegistry;
let image: TestImage;
const opened: Pulling[] = [];
beforeEach(async () => {
  const log: TestRegistry['requests'] = [];
  origin = await startRegistry({ name: 'origin', log });
  mirror = await startRegistry({ name: 'mirror', log });
  image = putImage(origin.repository('a/b'), await makeImage({ layerBytes: [300_000] }), '1');
  putImage(mirror.repository('cache/a/b'), image, '1');
});
afterEach(async () => {
  for (const pulling of opened.splice(0)) await pulling.close();
  await Promise.all([origin.close(), mirror.close()]);
});

function pull(more = '', variables: Readonly<Record<string, string>> = {}): Pulling {
  const conf = join(workspace.path, 'registries.conf');
  writeFileSync(
    conf,
    `[[registry]]\nprefix = "${origin.authority}"\nlocation = "${origin.authority}"\n${more}\n` +
      `[[registry.mirror]]\nlocation = "${mirror.authority}/cache"\n`,
  );
  const pulling = startPulling({ variables: { CONTAINERS_REGISTRIES_CONF: conf, ...variables } });
  opened.push(pulling);
  return pulling;
}

const servers = () => [...new Set(origin.requests.map(({ server }) => server))];

async function readAll(pulling: Pulling): Promise<void> {
  const repository = pulling.at(`${origin.authority}/a/b`);
  const target = await repository.resolve('1');
  expect(target).toEqual(image.descriptor);
  expect((await repository.readDocument(target)).bytes.length).toBe(target.size);
  for (const [digest, bytes] of image.blobs) {
    const blob: Descriptor = { mediaType: 'x', digest: digest as Digest, size: bytes.length };
    expect(bytes.equals(await collect(await repository.openBlob(blob), 1e6))).toBe(true);
  }
}

describe('a mirror', () => {
  it('is read instead of the registry', async () => {
    const pulling = pull();
    await readAll(pulling);
    expect(servers()).toEqual(['mirror']);
    expect(origin.requests.every(({ path }) => path.startsWith('/v2/cache/a/b/'))).toBe(true);
    expect(pulling.notes).toEqual([]);
  });

  it.each([
    ['does not answer', hangingUp],
    ['is out of order', failing(503)],
    ['refuses', refusing(403, 'DENIED')],
    ['answers nonsense', failing(204)],
  ])('that %s is left alone after it was told', async (_, effect) => {
    mirror.faults.add(at.everything, effect);
    const pulling = pull();
    await readAll(pulling);
    expect(pulling.notes).toHaveLength(1);
    expect(pulling.notes[0]).toContain(
      `warning: The mirror "docker://${mirror.authority}/cache/a/b" is not used any more`,
    );
    expect(mirror.requests.filter(({ server }) => server === 'mirror').length).toBeLessThanOrEqual(5);
  });

  it('that lacks something is asked for other things', async () => {
    mirror.repository('cache/a/b').tags.clear();
    mirror.repository('cache/a/b').forgetBlob([...image.blobs.keys()][0]!);
    const pulling = pull();
    await readAll(pulling);
    expect(pulling.notes).toEqual([]);
    expect(origin.requests.filter(({ server, method }) => server === 'origin' && method === 'GET')).toHaveLength(1);
  });

  it('that breaks off for good is stood in for by the registry from there on', async () => {
    mirror.faults.add(at.blobGet, cuttingAnswerAt(1000), 1);
    mirror.faults.add((exchange) => at.blobGet(exchange) && exchange.headers.range !== undefined, hangingUp);
    await readAll(pull());
    const ranges = origin.requests.filter(({ server }) => server === 'origin').map(({ headers }) => headers.range);
    expect(ranges).toEqual(['bytes=1000-', undefined]);
  });

  it('with wrong lengths is left alone', async () => {
    mirror.faults.add(at.blobGet, longBody());
    await readAll(pull());
  });

  it('gets no credentials of the registry', async () => {
    const user = { name: 'alice', password: 's3cret' };
    mirror.guard = basicGuard({ [user.name]: user.password });
    origin.guard = basicGuard({ [user.name]: user.password });
    await readAll(pull('', variablesFor(origin.authority, user)));
    const seen = origin.requests.filter(({ server, headers }) => server === 'mirror' && headers.authorization);
    expect(seen).toEqual([]);
    await readAll(pull('', variablesFor(mirror.authority, user)));
    const sent = origin.requests.filter(({ server, headers }) => server === 'mirror' && headers.authorization);
    expect(sent.length).toBeGreaterThan(0);
  });

  it('is not asked for what decides about writing', async () => {
    const repository = pull().at(`${origin.authority}/a/b`);
    await repository.find('1');
    await repository.hasBlob({ mediaType: 'x', digest: [...image.blobs.keys()][0] as Digest, size: 1 });
    await repository.tags();
    await repository.referrers(image.digest as Digest);
    await repository.deleteManifest('1');
    expect(servers()).toEqual(['origin']);
  });

  it('does not help where the image is nowhere', async () => {
    const error = await errorOf(pull().at(`${origin.authority}/a/b`).resolve('2'));
    expect(error).toMatchObject({
      code: 'image-missing',
      message: expect.stringContaining(`${origin.authority}/a/b:2`),
    });
  });
});

describe('a blocked registry', () => {
  it('is asked for nothing, to read or to write', async () => {
    const pulling = pull('blocked = true');
    const repository = pulling.at(`${origin.authority}/a/b`);
    for (const work of [
      () => repository.resolve('1'),
      () => repository.tags(),
      () => pulling.sink(repository.reference).has({ mediaType: 'x', digest: image.digest as Digest, size: 1 }),
    ]) {
      expect((await errorOf(work())).code).toBe('registry-refused');
    }
    expect(origin.requests).toEqual([]);
  });
});

/** A network in which nobody speaks TLS, and everything is missing. */
function plainHost(headers: ReadonlyMap<string, readonly string[]> = new Map()) {
  const base = hurriedHost();
  const asked: string[] = [];
  const secrets: (string | undefined)[] = [];
  const http: Http = {
    connect: async ({ url }) => {
      if (url.protocol === 'https:')
        throw new HttpFailure('not-tls', 'it does not speak TLS', { isBeforeSending: true });
    },
    request: async ({ url, headers: sent }) => {
      asked.push(url.href);
      if (url.protocol === 'http:') secrets.push(sent.authorization);
      if (url.protocol === 'https:')
        throw new HttpFailure('not-tls', 'it does not speak TLS', { isBeforeSending: true });
      return { status: headers.size === 0 ? 404 : 401, headers, body: bytesOf(), discard: async () => undefined };
    },
    close: async () => undefined,
  };
  return { host: { ...base, http }, asked, secrets };
}

describe('an insecure registry', () => {
  it('is spoken to over plain HTTP where registries.conf says so, also when that is learnt late', async () => {
    const conf = join(workspace.path, 'insecure.conf');
    const rules = [
      'location = "one.test:5000"\ninsecure = true',
      'prefix = "*.wild.test"\ninsecure = true',
      'location = "safe.test"',
    ];
    writeFileSync(conf, rules.map((rule) => `[[registry]]\n${rule}\n`).join(''));
    const { host, asked } = plainHost();
    const pulling = startPulling({ host, variables: { CONTAINERS_REGISTRIES_CONF: conf } });
    opened.push(pulling);
    for (const name of ['one.test:5000/x', 'a.wild.test/x', 'one.test:5000/y']) {
      expect(await pulling.at(name).find('1')).toBeUndefined();
    }
    expect(asked).toEqual([
      'http://one.test:5000/v2/x/manifests/1',
      'http://a.wild.test/v2/x/manifests/1',
      'http://one.test:5000/v2/y/manifests/1',
    ]);
    expect(pulling.traffic.requests).toBe(3);
    for (const name of ['safe.test/x', 'wild.test/x', 'one.test/x']) {
      expect((await errorOf(pulling.at(name).find('1'))).code).toBe('server-unavailable');
    }
  });
});

describe('a secret', () => {
  it.each(['Basic realm="x"', 'Bearer realm="http://one.test/token"', 'Bearer realm="https://one.test/token"'])(
    'does not go over plain HTTP, nor where that leads: %s',
    async (challenge) => {
      const { host, asked, secrets } = plainHost(new Map([['www-authenticate', [challenge]]]));
      const variables = variablesFor('one.test', { name: 'alice', password: 's3cret' });
      const pulling = startPulling({ host, variables, insecure: ['one.test'] });
      opened.push(pulling);
      const error = await errorOf(pulling.at('one.test/x').find('1'));
      expect(error.code).toBe('registry-unauthorised');
      expect(asked).toEqual(['http://one.test/v2/x/manifests/1']);
      expect(secrets.filter((secret) => secret !== undefined)).toEqual([]);
    },
  );
});

describe('a moved registry', () => {
  it('is read at its new place', async () => {
    const conf = join(workspace.path, 'moved.conf');
    writeFileSync(conf, `[[registry]]\nprefix = "old.example.test/x"\nlocation = "${mirror.authority}/cache"\n`);
    const pulling = startPulling({ variables: { CONTAINERS_REGISTRIES_CONF: conf } });
    opened.push(pulling);
    expect(await pulling.at('old.example.test/x/a/b').resolve('1')).toEqual(image.descriptor);
  });
});

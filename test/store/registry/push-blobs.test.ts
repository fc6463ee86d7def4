import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../../../src/errors/index.js';
import { noise } from '../../support/awkward-source.js';
import {
  cuttingUploadAt,
  failing,
  hangingUp,
  htmlError,
  losingAnswer,
  refusing,
  tooManyRequests,
  withHeaders,
} from '../../support/registry/effects.js';
import type { Effect } from '../../support/registry/faults.js';
import { bearerGuard } from '../../support/registry/guards.js';
import { type Laboratory, labUser, openLaboratory } from '../../support/registry/laboratory.js';
import { at, digestOf, type Quirks, when } from '../../support/registry/registry.js';
import { errorOf } from '../support.js';
import { blobOf, hurriedHost, pushBlob, sessionsInMemory, startPushing, streamOf } from './push-support.js';

const MiB = 1024 * 1024;
const content = Buffer.from(noise(300_000, 5));
const digest = digestOf(content);
const large = Buffer.from(noise(5 * MiB + 123, 6));
const largeDigest = digestOf(large);

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(() => lab.close());

const name = () => `${lab.registry.authority}/a/b`;
const quirky = (quirks: Partial<Quirks>) => Object.assign(lab.registry.quirks, quirks);
const stored = (key = digest) => lab.registry.repository('a/b').blobs.get(key);
const push = (options: Parameters<typeof pushBlob>[3] = {}) => pushBlob(name(), content, digest, options);

describe('a blob', () => {
  it('of no bytes is sent', async () => {
    const empty = digestOf(Buffer.alloc(0));
    await pushBlob(name(), Buffer.alloc(0), empty);
    expect(stored(empty)).toHaveLength(0);
  });

  it('that is put twice at the same time is sent once', async () => {
    const pushing = startPushing(name());
    const put = () => pushing.sink.put(blobOf(content, digest), streamOf(content));
    await Promise.all([put(), put(), put()]);
    expect(await pushing.sink.commit()).toMatchObject({ blobsWritten: 1 });
    expect(lab.registry.requestsLike(/^POST/)).toHaveLength(1);
    await pushing.close();
  });

  it('is sent where the registry does not answer HEAD', async () => {
    quirky({ heads: false });
    await push();
    expect(stored()?.equals(content)).toBe(true);
  });

  it('is sent where a page for browsers is there for every address', async () => {
    lab.registry.faults.add(at.blobHead, htmlError(200));
    await push();
    expect(stored()?.equals(content)).toBe(true);
  });
});

describe('an upload', () => {
  const front = (quirk: (origin: string) => Partial<Quirks>) => () => quirk(lab.elsewhere.origin);
  const cases: readonly (readonly [string, () => Partial<Quirks>])[] = [
    ['a relative Location', () => ({ uploadLocations: 'relative' })],
    ['an absolute Location', () => ({ uploadLocations: 'absolute' })],
    ['a Location that changes', () => ({ changingState: true })],
    ['a Location that stays', () => ({ changingState: false })],
    ['a Location at another server', front((origin) => ({ uploadLocations: origin as `http://${string}` }))],
    ['no Range for no bytes', () => ({ emptyRange: 'none' })],
    ['201 to PATCH', () => ({ patchStatus: 201 })],
    ['204 to PUT', () => ({ blobPutStatus: 204 })],
    ['a least size of pieces', () => ({ minChunkBytes: 70_000 })],
    ['no Docker-Content-Digest', () => ({ digestHeaders: 'missing' })],
    ['no look at Content-Range', () => ({ checksContentRange: false })],
  ];
  for (const [what, quirks] of cases) {
    for (const chunkBytes of [undefined, 64 * 1024]) {
      const how = chunkBytes === undefined ? 'in one request' : 'in pieces';
      it(`comes to its end ${how} with ${what}`, async () => {
        lab.registry.guard = bearerGuard(lab.tokens);
        quirky(quirks());
        await push({ user: labUser, ...(chunkBytes && { chunkBytes }) });
        expect(stored()?.equals(content)).toBe(true);
        const bodies = lab.requests.filter(({ receivedBytes }) => receivedBytes > 0);
        const size = quirks().minChunkBytes ?? 64 * 1024;
        expect(bodies).toHaveLength(chunkBytes === undefined ? 1 : Math.ceil(content.length / size));
        expect(bodies.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0)).toBe(content.length);
        const elsewhere = lab.requests.filter(({ server }) => server === 'elsewhere');
        expect(elsewhere.length > 0).toBe(quirks().uploadLocations?.startsWith('http') === true);
        expect(elsewhere.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
      });
    }
  }

  it('keeps the query of a Location as it is', async () => {
    const query = '?_state=a%2Bb%3D%3D&x=~(1)*&y';
    quirky({ changingState: false });
    const change: Effect = {
      change: (answer) => ({
        ...answer,
        headers: { ...answer.headers, location: `${answer.headers?.location}${query}` },
      }),
    };
    lab.registry.faults.add(at.uploadStart, change);
    await push();
    const [put] = lab.registry.requestsLike(/^PUT/);
    expect(put!.url.slice(put!.url.indexOf('?'))).toBe(`${query}&digest=${encodeURIComponent(digest)}`);
  });

  it.each([
    ['of another scheme', 'ftp://127.0.0.1/x'],
    ['with user information', 'http://a:b@127.0.0.1/x'],
  ])('does not go to a Location %s', async (_, location) => {
    lab.registry.faults.add(at.uploadStart, withHeaders({ location }));
    expect((await errorOf(push())).code).toBe('server-invalid');
  });

  it('needs a Location', async () => {
    lab.registry.faults.add(at.uploadStart, withHeaders({ location: undefined }));
    expect(await errorOf(push())).toMatchObject({
      code: 'server-invalid',
      message: expect.stringContaining('Location'),
    });
  });

  it('is made in smaller and smaller pieces where requests are too large', async () => {
    quirky({ maxBodyBytes: 1.5 * MiB });
    await pushBlob(name(), large, largeDigest);
    expect(stored(largeDigest)?.equals(large)).toBe(true);
    const statuses = lab.registry.requestsLike(/^(PATCH|PUT)/).map(({ status }) => status);
    expect(statuses.filter((status) => status === 413)).toHaveLength(2);
  });

  it('says so where no piece is small enough', async () => {
    quirky({ maxBodyBytes: 100_000 });
    const error = await errorOf(pushBlob(name(), large, largeDigest));
    expect(error).toMatchObject({ code: 'registry-refused', details: { status: 413 } });
    expect(lab.registry.receivedBytes).toBeLessThan(4 * large.length);
  });

  it('goes on when its token ends', async () => {
    lab.registry.guard = bearerGuard(lab.tokens);
    let patches = 0;
    lab.registry.faults.add(at.uploadPatch, {
      change: (answer) => {
        if (++patches % 3 === 0) lab.tokens.revokeAll();
        return answer;
      },
    });
    await push({ user: labUser, chunkBytes: 30_000 });
    expect(stored()?.equals(content)).toBe(true);
    expect(lab.tokens.tokens.length).toBeGreaterThan(2);
  });
});

describe('mounting', () => {
  const mount = async (quirks: Partial<Quirks>, from = 'a/base') => {
    lab.registry.repository('a/base').putBlob(content);
    quirky(quirks);
    const pushing = startPushing(name());
    const source = { ...pushing.reference, repository: from };
    await pushing.sink.put(blobOf(content, digest), streamOf(content), { location: source });
    const written = await pushing.sink.commit();
    await pushing.close();
    expect(stored()?.equals(content)).toBe(true);
    return { ...written, posts: lab.registry.requestsLike(/^POST/).length };
  };

  it.each([
    ['created', { blobsMounted: 1, blobsWritten: 0, posts: 1 }],
    ['accepted', { blobsMounted: 0, blobsWritten: 1, posts: 1 }],
    ['unauthorised', { blobsMounted: 0, blobsWritten: 1, posts: 2 }],
    ['missing', { blobsMounted: 0, blobsWritten: 1, posts: 2 }],
  ] as const)('that is answered with %s', async (mounts, expected) => {
    expect(await mount({ mounts })).toMatchObject(expected);
    expect(lab.registry.repository('a/b').sessions.size).toBe(0);
  });

  it('is not asked for within one repository, or from another registry', async () => {
    await mount({}, 'a/b');
    expect(lab.registry.requestsLike(/mount=/)).toEqual([]);
    lab.registry.repository('a/b').forgetBlob(digest);
    const pushing = startPushing(name());
    const source = { ...pushing.reference, registry: 'ghcr.io', repository: 'a/base' };
    await pushing.sink.put(blobOf(content, digest), streamOf(content), { location: source });
    await pushing.close();
    expect(lab.registry.requestsLike(/mount=/)).toEqual([]);
  });

  it('of something else is an error', async () => {
    lab.registry.faults.add(at.mount, withHeaders({ 'docker-content-digest': largeDigest }));
    expect((await errorOf(mount({}))).code).toBe('server-invalid');
  });

  it('does not need the right to read the other repository, which is not asked for again', async () => {
    lab.registry.guard = bearerGuard(lab.tokens);
    lab.tokens.options.granted = (repository) => repository === 'a/b';
    const pushing = startPushing(name(), { user: labUser });
    const source = { ...pushing.reference, repository: 'a/base' };
    for (const bytes of [content, large]) {
      lab.registry.repository('a/base').putBlob(bytes);
      await pushing.sink.put(blobOf(bytes, digestOf(bytes)), streamOf(bytes), { location: source });
    }
    await pushing.close();
    expect(stored()?.equals(content)).toBe(true);
    expect(stored(largeDigest)?.equals(large)).toBe(true);
    const mountsOf = (key: string) => lab.registry.requestsLike(new RegExp(`mount=.*${key.slice('sha256:'.length)}`));
    expect(mountsOf(digest)).not.toEqual([]);
    expect(mountsOf(largeDigest)).toEqual([]);
  });
});

describe('after a misfortune', () => {
  const cuts = [0, 1, 2, 65_536, 150_000, content.length - 1, content.length];
  for (const partialUploads of ['kept', 'cancelled'] as const) {
    for (const chunkBytes of [undefined, 100_000]) {
      for (const cut of cuts.filter((bytes) => bytes <= (chunkBytes ?? content.length))) {
        const how = chunkBytes === undefined ? 'PUT' : 'PATCH';
        it(`of a ${how} cut at byte ${cut}, which is ${partialUploads}, it sends no more than it must`, async () => {
          quirky({ partialUploads });
          lab.registry.faults.add(at.uploadBody, cuttingUploadAt(cut), 1);
          await push(chunkBytes === undefined ? {} : { chunkBytes });
          expect(stored()?.equals(content)).toBe(true);
          const isKept = partialUploads === 'kept' && cut > 1;
          expect(lab.registry.receivedBytes).toBe(content.length + (isKept ? 0 : cut));
          expect(lab.registry.requestsLike(/^POST/)).toHaveLength(isKept ? 1 : 2);
        });
      }
    }
  }

  const once: readonly (readonly [string, Parameters<Laboratory['registry']['faults']['add']>[0], Effect])[] = [
    ['a lost answer to POST', at.uploadStart, losingAnswer],
    ['a lost answer to PATCH', at.uploadPatch, losingAnswer],
    ['a lost answer to PUT', at.uploadPut, losingAnswer],
    ['500 to POST', at.uploadStart, failing(500)],
    ['502 in HTML to PATCH', at.uploadPatch, htmlError(502)],
    ['503 to PUT', at.uploadPut, failing(503)],
    ['504 to PUT after the blob was stored', at.uploadPut, { change: () => ({ status: 504 }) }],
    ['500 to PATCH after the piece was stored', at.uploadPatch, { change: () => ({ status: 500 }) }],
    ['408 to PATCH', at.uploadPatch, failing(408)],
    ['429 to PATCH', at.uploadPatch, tooManyRequests(1)],
    ['429 to PUT', at.uploadPut, tooManyRequests(1)],
    ['404 to PATCH', at.uploadPatch, refusing(404, 'BLOB_UPLOAD_UNKNOWN')],
    ['400 BLOB_UPLOAD_INVALID to PUT', at.uploadPut, refusing(400, 'BLOB_UPLOAD_INVALID')],
    ['416 to PATCH', at.uploadPatch, refusing(416, 'RANGE_INVALID')],
    ['400 DIGEST_INVALID to PUT', at.uploadPut, refusing(400, 'DIGEST_INVALID')],
  ];
  for (const [what, condition, effect] of once) {
    for (const chunkBytes of [undefined, 100_000]) {
      it(`such as ${what} it goes on ${chunkBytes ? 'in pieces' : 'in one request'}`, async () => {
        const fault = lab.registry.faults.add(condition, effect, 1);
        await push(chunkBytes === undefined ? {} : { chunkBytes });
        expect(stored()?.equals(content)).toBe(true);
        expect(fault.hits).toBe(chunkBytes === undefined && condition === at.uploadPatch ? 0 : 1);
        expect(lab.registry.receivedBytes).toBeLessThanOrEqual(2 * content.length);
      });
    }
  }

  it.each([
    ['seconds', 7, 7000],
    ['a date', new Date(Date.UTC(2030, 0, 1, 0, 0, 30)), 30_000],
  ])('it waits as long as the registry asks in %s', async (_, after, milliseconds) => {
    const host = hurriedHost({ clock: { now: () => Date.UTC(2030, 0, 1) } });
    for (const effect of [tooManyRequests(after), withRetryAfter(503, after)]) {
      lab.registry.faults.add(at.uploadPut, effect, 1);
    }
    await push({ host });
    expect(host.waits.filter((wait) => wait === milliseconds)).toHaveLength(2);
    expect(stored()?.equals(content)).toBe(true);
  });

  const ranges = ['0-400000', '0-100', '5-99999', 'bytes', '0-0', '-1'];
  it.each(ranges)('such as the Range %s it begins anew', async (range) => {
    lab.registry.faults.add(
      when('PATCH', /./, ({ headers }) => headers['content-range']?.startsWith('100000-') === true),
      withHeaders({ range }),
      1,
    );
    await push({ chunkBytes: 100_000 });
    expect(stored()?.equals(content)).toBe(true);
    expect(lab.registry.requestsLike(/^POST/)).toHaveLength(2);
    expect(lab.registry.requestsLike(/^DELETE/)).toHaveLength(1);
    expect(lab.registry.repository('a/b').sessions.size).toBe(0);
  });

  it('such as a piece of which only a part was taken it sends the rest', async () => {
    lab.registry.faults.add(
      at.uploadPatch,
      {
        change: (answer) => {
          const [session] = lab.registry.repository('a/b').sessions.values();
          const kept = Buffer.concat(session!.pieces).subarray(0, 60_000);
          session!.pieces.splice(0, Number.POSITIVE_INFINITY, kept);
          session!.size = kept.length;
          return { ...answer, headers: { ...answer.headers, range: `0-${kept.length - 1}` } };
        },
      },
      1,
    );
    await push({ chunkBytes: 100_000 });
    expect(stored()?.equals(content)).toBe(true);
    expect(lab.registry.requestsLike(/^POST/)).toHaveLength(1);
  });
});

const withRetryAfter = (status: number, after: number | Date): Effect => ({
  instead: async (exchange) => {
    await exchange.drain();
    const value = after instanceof Date ? after.toUTCString() : String(after);
    return { status, headers: { 'retry-after': value } };
  },
});

describe('a misfortune without end', () => {
  const cases: readonly (readonly [string, Parameters<Laboratory['registry']['faults']['add']>[0], Effect, string])[] =
    [
      ['every PUT is cut', at.uploadPut, hangingUp, 'server-unavailable'],
      ['every body is cut', at.uploadBody, cuttingUploadAt(1000), 'server-unavailable'],
      ['every PUT is answered with 503', at.uploadPut, failing(503), 'server-unavailable'],
      ['every PUT is answered with 429', at.uploadPut, tooManyRequests(), 'server-unavailable'],
      ['the registry asks for an hour', at.uploadPut, tooManyRequests(3600), 'server-unavailable'],
      ['every upload is unknown', at.uploadBody, refusing(404, 'BLOB_UPLOAD_UNKNOWN'), 'registry-refused'],
      ['every digest is wrong', at.uploadPut, refusing(400, 'DIGEST_INVALID'), 'registry-refused'],
      ['every POST is answered with 500', at.uploadStart, failing(500), 'server-unavailable'],
      ['every POST is answered with 400', at.uploadStart, refusing(400, 'NAME_INVALID'), 'registry-refused'],
      ['every PUT is answered with 403', at.uploadPut, refusing(403, 'DENIED'), 'registry-unauthorised'],
      ['every PUT is answered with 405', at.uploadPut, refusing(405, 'UNSUPPORTED'), 'registry-refused'],
      [
        'every PUT says another digest',
        at.uploadPut,
        withHeaders({ 'docker-content-digest': largeDigest }),
        'server-invalid',
      ],
    ];
  it.each(cases)('ends where %s', async (_, condition, effect, code) => {
    lab.registry.faults.add(condition, effect);
    const error = await errorOf(push());
    expect(error.code).toBe(code);
    expect(error.message).toContain(`Cannot push blob ${digest} to "docker://${name()}"`);
    expect(lab.requests.length).toBeLessThan(40);
    expect(lab.registry.receivedBytes).toBeLessThanOrEqual(5 * content.length);
  });

  it('ends where the registry takes one byte of each piece', async () => {
    let size = 0;
    const condition = when('PATCH', /./);
    lab.registry.faults.add(condition, {
      instead: async (exchange) => {
        await exchange.drain();
        size += 2;
        return { status: 202, headers: { range: `0-${size - 1}` } };
      },
    });
    const error = await errorOf(pushBlob(name(), large, largeDigest, { chunkBytes: 2 * MiB }));
    expect(error).toMatchObject({
      code: 'server-unavailable',
      message: expect.stringContaining('does not come to an end'),
    });
    expect(lab.registry.receivedBytes).toBeLessThan(5 * large.length + 16 * MiB);
  });

  it('ends where every session is lost after some pieces', async () => {
    let patches = 0;
    lab.registry.faults.add(
      when('PATCH', /./, () => ++patches % 4 === 0),
      refusing(404, 'BLOB_UPLOAD_UNKNOWN'),
    );
    const error = await errorOf(pushBlob(name(), large, largeDigest, { chunkBytes: MiB }));
    expect(error.code).toBe('registry-refused');
    expect(lab.registry.receivedBytes).toBeLessThan(5 * large.length + 16 * MiB);
  });
});

describe('content that is not what it should be', () => {
  const pushing = async (open: Parameters<ReturnType<typeof startPushing>['sink']['put']>[1], chunkBytes?: number) => {
    const { sink, close } = startPushing(name(), chunkBytes === undefined ? {} : { chunkBytes });
    try {
      await sink.put(blobOf(content, digest), open);
    } finally {
      await close();
    }
  };
  const damaged = Buffer.from(content);
  damaged[1000]! ^= 1;
  const cases: readonly (readonly [string, Buffer])[] = [
    ['damaged', damaged],
    ['too short', content.subarray(0, -1)],
    ['too long', Buffer.concat([content, Buffer.alloc(1)])],
  ];
  for (const [what, bytes] of cases) {
    it.each([undefined, 100_000])(`is ${what}, which is its own fault`, async (chunkBytes) => {
      const error = await errorOf(pushing(streamOf(bytes), chunkBytes));
      expect(error.code).toBe('blob-mismatch');
      // What is too long begins with the right bytes, which may have been sent by then.
      if (what !== 'too long') expect(stored()).toBeUndefined();
    });
  }

  it('cannot be read, which is told as it is and not tried again', async () => {
    const reason = new Error('the disk is gone');
    async function* broken() {
      yield content.subarray(0, 70_000);
      throw reason;
    }
    await expect(pushing(async () => broken())).rejects.toBe(reason);
    await expect(pushing(async () => broken(), 50_000)).rejects.toBe(reason);
    await expect(pushing(() => Promise.reject(reason))).rejects.toBe(reason);
  });
});

describe('an upload that did not end', () => {
  const cutAt = (bytes: number) => {
    const cut = lab.registry.faults.add(at.uploadBody, cuttingUploadAt(bytes), 1);
    const rest = lab.registry.faults.add(
      when('*', /./, () => cut.left === 0),
      { instead: () => 'cut' },
    );
    return () => rest.remove();
  };
  const interrupted = async (
    sessions: ReturnType<typeof sessionsInMemory>,
    bytes: number,
    options: Parameters<typeof pushBlob>[3] = {},
  ) => {
    const restore = cutAt(bytes);
    expect((await errorOf(push({ ...options, sessions }))).code).toBe('server-unavailable');
    restore();
  };

  it.each([undefined, 64 * 1024])('goes on in a new process', async (chunkBytes) => {
    const sessions = sessionsInMemory();
    await interrupted(
      sessions,
      chunkBytes === undefined ? 200_000 : 50_000,
      chunkBytes === undefined ? {} : { chunkBytes },
    );
    expect(sessions.texts.size).toBe(1);
    const before = lab.requests.length;
    await push({ sessions });
    expect(stored()?.equals(content)).toBe(true);
    expect(lab.registry.receivedBytes).toBe(content.length);
    expect(lab.requests.slice(before).some(({ method }) => method === 'POST')).toBe(false);
    expect(sessions.texts.size).toBe(0);
  });

  it('is remembered before its first byte, and after each piece', async () => {
    const sessions = sessionsInMemory();
    const offsets: number[] = [];
    lab.registry.faults.add(at.uploadBody, {
      change: (answer) => {
        offsets.push(...[...sessions.texts.values()].map((text) => JSON.parse(text).offset as number));
        return answer;
      },
    });
    await push({ sessions, chunkBytes: 100_000 });
    expect(offsets).toEqual([0, 100_000, 200_000]);
  });

  it.each(['write', 'remove'] as const)('needs no memory: a cache that fails to %s ends no upload', async (method) => {
    const sessions = {
      ...sessionsInMemory(),
      [method]: () => {
        throw fail('cache-failed', { message: 'no space left' });
      },
    };
    await push({ sessions, chunkBytes: 100_000 });
    expect(stored()?.equals(content)).toBe(true);
  });

  it('stays at the registry and in the memory where the user interrupts it', async () => {
    const sessions = sessionsInMemory();
    const controller = new AbortController();
    const reason = new Error('interrupted by the user');
    const during = when('PATCH', /./, ({ headers }) => headers['content-range']?.startsWith('100000-') === true);
    const abort: Effect = {
      instead: async () => {
        controller.abort(reason);
        return 'stall' as const;
      },
    };
    lab.registry.faults.add(during, abort, 1);
    const host = { ...hurriedHost(), interruption: controller.signal };
    await expect(push({ sessions, chunkBytes: 100_000, host })).rejects.toBe(reason);
    expect(lab.registry.requestsLike(/^DELETE/)).toEqual([]);
    const before = lab.registry.receivedBytes;
    await push({ sessions });
    expect(lab.registry.receivedBytes - before).toBe(content.length - 100_000);
    expect(stored()?.equals(content)).toBe(true);
  });

  it('is forgotten where the blob is there already', async () => {
    const sessions = sessionsInMemory();
    await interrupted(sessions, 100_000);
    lab.registry.repository('a/b').putBlob(content);
    await push({ sessions });
    expect(sessions.texts.size).toBe(0);
  });

  const changed = (sessions: ReturnType<typeof sessionsInMemory>, change: object) => {
    for (const [key, text] of sessions.texts)
      sessions.texts.set(key, JSON.stringify({ ...JSON.parse(text), ...change }));
  };
  it.each([
    ['it is a day old', { written: Date.now() - 25 * 3600 * 1000 }],
    ['it is of the future', { written: Date.now() + 3600 * 1000 }],
    ['it is of another registry', { registry: 'ghcr.io' }],
    ['it is of another repository', { repository: 'a/c' }],
    ['it is of another blob', { digest: largeDigest }],
    ['it has another size', { size: 7 }],
    ['it has more than there is', { offset: 1e9 }],
    ['it is at another server', { location: 'http://127.0.0.1:9/v2/a/b/blobs/uploads/x' }],
    ['it is nowhere', { location: 'nowhere' }],
    ['it is damaged', { offset: -1 }],
  ])('is not asked for where %s', async (_, change) => {
    const sessions = sessionsInMemory();
    await interrupted(sessions, 100_000);
    changed(sessions, change);
    await push({ sessions });
    expect(stored()?.equals(content)).toBe(true);
    expect(lab.registry.requestsLike(/^GET .*uploads/).filter(({ status }) => status !== 0)).toEqual([]);
    expect(sessions.texts.size).toBe(0);
  });

  it.each([
    ['the registry does not know it any more', () => lab.registry.repository('a/b').sessions.clear()],
    ['asking for it fails', () => lab.registry.faults.add(at.uploadStatus, failing(410))],
    ['it has less than it had', () => lab.registry.faults.add(at.uploadStatus, withHeaders({ range: '0-70' }))],
    ['it has more than the blob', () => lab.registry.faults.add(at.uploadStatus, withHeaders({ range: '0-900000' }))],
    ['nobody can tell what it has', () => lab.registry.faults.add(at.uploadStatus, withHeaders({ range: undefined }))],
    [
      'it holds other bytes',
      () => {
        const [session] = lab.registry.repository('a/b').sessions.values();
        session!.pieces[0]![0]! ^= 1;
      },
    ],
  ])('begins anew where %s', async (_, prepare) => {
    const sessions = sessionsInMemory();
    await interrupted(sessions, 50_000, { chunkBytes: 64 * 1024 });
    changed(sessions, { offset: 1000 });
    prepare();
    await push({ sessions });
    expect(stored()?.equals(content)).toBe(true);
    expect(sessions.texts.size).toBe(0);
  });

  it('is not remembered where its address is at another server, since that may be a secret', async () => {
    quirky({ uploadLocations: lab.elsewhere.origin as `http://${string}` });
    const sessions = sessionsInMemory();
    await interrupted(sessions, 100_000);
    expect(sessions.texts.size).toBe(0);
  });

  it('leaves no secret in the memory', async () => {
    lab.registry.guard = bearerGuard(lab.tokens);
    const sessions = sessionsInMemory();
    await interrupted(sessions, 100_000, { user: labUser });
    const text = [...sessions.texts].join('\n');
    expect(text).toContain(digest);
    for (const secret of [labUser.password, ...lab.tokens.tokens]) expect(text).not.toContain(secret);
  });

  it('does not spoil the upload of another process that goes on with it at the same time', async () => {
    quirky({ changingState: false, checksContentRange: false });
    const sessions = sessionsInMemory();
    await interrupted(sessions, 50_000, { chunkBytes: 64 * 1024 });
    await Promise.all([1, 2, 3].map(() => push({ sessions, chunkBytes: 40_000 })));
    expect(stored()?.equals(content)).toBe(true);
  });
});

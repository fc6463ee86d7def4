import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as effects from '../../support/registry/effects.js';
import { makeImage, makeReferrer, putImage } from '../../support/registry/images.js';
import { outcomeOf } from '../../support/registry/outcome.js';
import { plainQuirks } from '../../support/registry/quirks.js';
import {
  at,
  digestOf,
  startRegistry,
  type TestRegistry,
  type TestRepository,
} from '../../support/registry/registry.js';

const BLOB = Buffer.from('0123456789');

describe('the registry of the tests', () => {
  let registry: TestRegistry;
  let repository: TestRepository;
  let blob: string;
  beforeAll(async () => {
    registry = await startRegistry();
    repository = registry.repository('a');
    blob = `${registry.origin}/v2/a/blobs/${repository.putBlob(BLOB)}`;
  });
  afterEach(() => {
    registry.faults.clear();
    Object.assign(registry.quirks, plainQuirks);
  });
  afterAll(() => registry.close());

  it.each<[string, effects.Effect, readonly [number, string | RegExp] | string]>([
    ['429', effects.tooManyRequests(1), [429, /TOOMANYREQUESTS/]],
    ['503', effects.failing(503), [503, '']],
    ['HTML', effects.htmlError(502), [502, /<h1>Bad Gateway/]],
    ['no answer', effects.hangingUp, 'cut'],
    ['no answer, ever', effects.neverAnswering, 'stalled'],
    ['a lost answer', effects.losingAnswer, 'cut'],
    ['a cut answer', effects.cuttingAnswerAt(4), [200, '0123 cut']],
    ['an answer cut before its body', effects.cuttingAnswerAt(0), [200, ' cut']],
    ['an answer that stops', effects.stallingAnswerAt(4), [200, '0123 stalled']],
    ['a wrong bit', effects.wrongBody, [200, '0123446789']],
    ['a short body', effects.shortBody(2), [200, '01234567']],
    ['a long body', effects.longBody(2), [200, '0123456789\0\0']],
    ['an endless body', effects.endlessBody, [200, /^0123456789\0{99999}/]],
    ['a compressed body', effects.gzipEncoding, [200, '0123456789']],
    ['a redirect', effects.redirecting('http://elsewhere.test/'), [307, '']],
    ['no HTTP', effects.answering({ raw: 'SSH-2.0\r\n' }), 'cut'],
  ])('can answer with %s', async (_, effect, expected) => {
    const fault = registry.faults.add(at.blobGet, effect, 1);
    const outcome = await outcomeOf(blob);
    if (typeof expected === 'string') expect(outcome).toBe(expected);
    else
      expect(outcome).toEqual([
        expected[0],
        expected[1] instanceof RegExp ? expect.stringMatching(expected[1]) : expected[1],
      ]);
    expect([fault.hits, fault.left]).toEqual([1, 0]);
    expect(await outcomeOf(blob)).toEqual([200, '0123456789']);
  });

  it('can be late or slow, tell a wrong digest, answer early, and lead on and on', async () => {
    const large = `${registry.origin}/v2/a/blobs/${repository.putBlob(Buffer.alloc(4096))}`;
    const took = async (work: Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await work;
      return performance.now() - started;
    };
    registry.faults.add(at.blobGet, effects.delaying(60), 1);
    expect(await took(outcomeOf(large))).toBeGreaterThan(50);
    registry.faults.add(at.blobGet, effects.dripping(20), 1);
    expect(await took(outcomeOf(large))).toBeGreaterThan(70);
    registry.faults.add(at.blobGet, effects.wrongDigestHeader, 1);
    expect((await fetch(blob)).headers.get('docker-content-digest')).not.toBe(digestOf(BLOB));
    registry.faults.add(at.uploadStart, effects.answeringAtOnce({ status: 413 }), 1);
    expect(await outcomeOf(`${registry.origin}/v2/a/blobs/uploads/`, { method: 'POST', body: BLOB })).toEqual([
      413,
      '',
    ]);
    registry.faults.add(at.blobGet, effects.redirectChain);
    const hop = (url: string) => fetch(url, { redirect: 'manual' }).then(({ headers }) => headers.get('location')!);
    const first = await hop(blob);
    expect(await hop(`${registry.origin}${first}`)).toBe(first.replace('hop=1', 'hop=2'));
  });

  it('meets faults one after the other, and changes of answers all at once', async () => {
    registry.faults.add(at.blobGet, effects.failing(500), 1);
    registry.faults.add(at.blobGet, effects.failing(503), 1);
    registry.faults.add(at.blobGet, effects.warning('one'));
    registry.faults.add(at.blobGet, effects.withHeaders({ 'docker-content-digest': undefined, extra: 'two' }));
    const statuses = [await outcomeOf(blob), await outcomeOf(blob)];
    expect(statuses).toEqual([
      [500, ''],
      [503, ''],
    ]);
    const { headers } = await fetch(blob);
    expect([headers.get('warning'), headers.get('extra'), headers.get('docker-content-digest')]).toEqual([
      '299 - "one"',
      'two',
      null,
    ]);
  });

  it.each(['kept', 'cancelled'] as const)(
    'cuts an upload at the byte, and what has come is %s',
    async (partialUploads) => {
      registry.quirks.partialUploads = partialUploads;
      registry.faults.add(at.uploadPatch, effects.cuttingUploadAt(70_000), 1);
      const begun = await fetch(`${registry.origin}/v2/a/blobs/uploads/`, { method: 'POST' });
      const location = begun.headers.get('location')!;
      expect(await outcomeOf(location, { method: 'PATCH', body: new Uint8Array(200_000) })).toBe('cut');
      const status = await fetch(location);
      expect([status.status, status.headers.get('range')]).toEqual(
        partialUploads === 'kept' ? [204, '0-69999'] : [404, null],
      );
      const log = registry.requests.filter(({ method }) => method === 'PATCH').at(-1)!;
      expect([log.receivedBytes, log.status]).toEqual([70_000, 0]);
    },
  );

  it('pages tags and referrers, and filters them or not', async () => {
    const image = putImage(repository, await makeImage(), '1', '2', '3');
    for (const type of ['a/a', 'b/b', 'a/a'])
      putImage(repository, makeReferrer(image.descriptor, type, `${type}${repository.manifests.size}`));
    registry.quirks.pageSize = 2;
    const tags = await fetch(`${registry.origin}/v2/a/tags/list`);
    expect([await tags.json(), tags.headers.get('link')]).toEqual([
      { name: 'a', tags: ['1', '2'] },
      '</v2/a/tags/list?n=2&last=2>; rel="next"',
    ]);
    const url = `${registry.origin}/v2/a/referrers/${image.digest}`;
    const ask = async (query: string) => {
      const { headers, body } = await fetch(`${url}${query}`).then(async (answer) => ({
        headers: answer.headers,
        body: (await answer.json()) as { manifests: { artifactType: string }[] },
      }));
      return [headers.get('oci-filters-applied'), headers.get('link'), body.manifests.map((item) => item.artifactType)];
    };
    const next = `</v2/a/referrers/${image.digest}?start=2>; rel="next"`;
    expect(await ask('')).toEqual([null, next, ['a/a', 'b/b']]);
    expect(await ask('?start=2')).toEqual([null, null, ['a/a']]);
    expect(await ask('?artifactType=b/b')).toEqual(['artifactType', null, ['b/b']]);
    registry.quirks.referrers = 'unfiltered';
    expect((await ask('?artifactType=b/b'))[2]).toEqual(['a/a', 'b/b']);
  });

  it('refuses small chunks that are not the last, and large bodies', async () => {
    Object.assign(registry.quirks, { minChunkBytes: 10, maxBodyBytes: 20 });
    const begun = await fetch(`${registry.origin}/v2/a/blobs/uploads/`, { method: 'POST' });
    expect(begun.headers.get('oci-chunk-min-length')).toBe('10');
    let location = begun.headers.get('location')!;
    const statuses: number[] = [];
    for (const size of [21, 10, 9, 10]) {
      const answer = await fetch(location, { method: 'PATCH', body: new Uint8Array(size) });
      location = answer.headers.get('location') ?? location;
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([413, 202, 202, 416]);
  });
});

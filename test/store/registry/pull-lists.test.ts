import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/oci/index.js';
import { nextLink } from '../../../src/store/registry/pages.js';
import { json } from '../../support/registry/answers.js';
import { answering, failing, htmlError, refusing, withHeaders } from '../../support/registry/effects.js';
import { makeImage, makeReferrer, putImage, type TestImage } from '../../support/registry/images.js';
import { type Laboratory, openLaboratory } from '../../support/registry/laboratory.js';
import { at } from '../../support/registry/registry.js';
import { errorOf } from '../support.js';
import { type Pulling, startPulling } from './pull-support.js';

let lab: Laboratory;
let pulling: Pulling;
let image: TestImage;
beforeEach(async () => {
  lab = await openLaboratory();
  pulling = startPulling();
  image = putImage(lab.registry.repository('a/b'), await makeImage(), '1', '2', '3', '4', '5');
});
afterEach(async () => {
  await pulling.close();
  await lab.close();
});

const repository = () => pulling.at(`${lab.registry.authority}/a/b`);

describe('the relation next of a Link', () => {
  it.each([
    [['</v2/a/tags/list?last=x>; rel="next"'], '/v2/a/tags/list?last=x'],
    [['</a>; rel=next'], '/a'],
    [['</a>; rel="prev", </b>; title="x, y"; REL="Next other"'], '/b'],
    [['</a>; rel="prev"', '</b>;rel=next'], '/b'],
    [['</a,b;c>; rel="next"'], '/a,b;c'],
    [['</a>'], undefined],
    [['</a>; rel="nextish"'], undefined],
    [['garbage'], undefined],
    [[], undefined],
  ])('of %j', (headers, expected) => {
    expect(nextLink(headers)).toBe(expected);
  });
});

describe('tags', () => {
  it.each(['relative', 'absolute'] as const)('come in as many pages as it takes, with %s links', async (links) => {
    Object.assign(lab.registry.quirks, { links, pageSize: 2 });
    expect(await repository().tags()).toEqual(['1', '2', '3', '4', '5']);
    expect(lab.requests).toHaveLength(3);
  });

  it('come in the order of the registry, each once', async () => {
    lab.registry.faults.add(at.tags, answering(json(200, { tags: ['b', 'a', 'b', 'c'] })));
    expect(await repository().tags()).toEqual(['b', 'a', 'c']);
  });

  it.each([{ tags: null }, { tags: [] }, { name: 'a/b' }])('may be none: %j', async (body) => {
    lab.registry.faults.add(at.tags, answering(json(200, body)));
    expect(await repository().tags()).toEqual([]);
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ['a path', { tags: ['../../etc/passwd'] }],
    ['nothing', { tags: [''] }],
    ['a number', { tags: [1] }],
    ['an escape code', { tags: ['\u001b[31m'] }],
    ['a text instead of a list', { tags: 'latest' }],
    ['a list', []],
    ['null', null],
  ];
  it.each(bad)('that are %s are refused', async (_, body) => {
    lab.registry.faults.add(at.tags, answering(json(200, body)));
    const error = await errorOf(repository().tags());
    expect(error.code).toBe('server-invalid');
    expect(error.message).not.toContain('\u001b');
  });

  it('that are not JSON are refused', async () => {
    lab.registry.faults.add(at.tags, answering({ status: 200, body: Buffer.from('<html>') }));
    expect((await errorOf(repository().tags())).code).toBe('server-invalid');
  });

  it.each([
    ['another host', 'http://registry.example.test/v2/a/b/tags/list'],
    ['another port', 'http://127.0.0.1:9/v2/a/b/tags/list'],
    ['another scheme', 'file:///etc/passwd'],
    ['a service of a cloud', 'http://169.254.169.254/'],
  ])('go on at no %s', async (_, url) => {
    lab.registry.faults.add(at.tags, withHeaders({ link: `<${url}>; rel="next"` }));
    expect((await errorOf(repository().tags())).code).toBe('server-invalid');
    expect(lab.requests).toHaveLength(1);
  });

  it('that come again and again are refused', async () => {
    lab.registry.faults.add(at.tags, withHeaders({ link: '</v2/a/b/tags/list>; rel="next"' }));
    expect((await errorOf(repository().tags())).code).toBe('server-invalid');
    expect(lab.requests).toHaveLength(1);
  });

  it('that repeat themselves under new addresses are refused', async () => {
    let page = 0;
    lab.registry.faults.add(at.tags, {
      change: (answer) => ({
        ...answer,
        headers: { ...answer.headers, link: `</v2/a/b/tags/list?page=${page++}>; rel="next"` },
      }),
    });
    expect((await errorOf(repository().tags())).code).toBe('server-invalid');
    expect(lab.requests).toHaveLength(2);
  });

  it('that never end are refused after a thousand pages', async () => {
    let page = 0;
    lab.registry.faults.add(at.tags, {
      instead: () => json(200, { tags: [`t${page++}`] }, { link: `</v2/a/b/tags/list?page=${page}>; rel="next"` }),
    });
    expect((await errorOf(repository().tags())).code).toBe('server-invalid');
    expect(lab.requests).toHaveLength(1000);
  });

  it('of a repository that is not there are missing', async () => {
    const error = await errorOf(pulling.at(`${lab.registry.authority}/no/where`).tags());
    expect(error).toMatchObject({ code: 'image-missing', message: expect.stringContaining('There is no repository') });
  });
});

describe('deleting', () => {
  it('removes a tag, or an image', async () => {
    await repository().deleteManifest('1');
    expect([...lab.registry.repository('a/b').tags.keys()]).toEqual(['2', '3', '4', '5']);
    await repository().deleteManifest(image.digest);
    expect(lab.registry.repository('a/b').manifests.size).toBe(0);
    const error = await errorOf(repository().deleteManifest('1'));
    expect(error.code).toBe('image-missing');
  });

  it.each(['../../x', 'a/b', '', 'sha256:abc', 'a?b'])('is not tried for %j', async (name) => {
    expect((await errorOf(repository().deleteManifest(name))).code).toBe('reference-invalid');
    expect(lab.requests).toEqual([]);
  });

  it.each([200, 202, 204])('is done where the registry answers %d', async (status) => {
    lab.registry.faults.add(at.manifestDelete, failing(status));
    await repository().deleteManifest('1');
  });

  it.each([
    ['405', '1', refusing(405, 'UNSUPPORTED')],
    ['400', '1', refusing(400, 'DIGEST_INVALID')],
    ['405', 'digest', refusing(405, 'UNSUPPORTED')],
  ])('is refused with %s for %s, and why', async (_, name, effect) => {
    lab.registry.faults.add(at.manifestDelete, effect);
    const error = await errorOf(repository().deleteManifest(name === 'digest' ? image.digest : name));
    expect(error.code).toBe('registry-refused');
    expect(error.hint).toBe(
      name === 'digest' ? 'The registry does not allow deleting.' : 'The registry does not delete by tag.',
    );
  });

  it('asks for no right but that', async () => {
    const { bearerGuard } = await import('../../support/registry/guards.js');
    lab.tokens.options.anonymous = ['delete'];
    lab.registry.guard = bearerGuard(lab.tokens);
    await repository().deleteManifest('1');
    const asked = lab.requests.filter(({ server }) => server === 'tokens').map(({ url }) => url);
    expect(asked.map((url) => new URLSearchParams(url.split('?')[1]).get('scope'))).toEqual(['repository:a/b:delete']);
  });
});

describe('what refers to an image', () => {
  const digestsOf = async (artifactType?: string) =>
    (await repository().referrers(image.digest as Digest, artifactType)).map(({ digest }) => digest);
  let signature: TestImage;
  let list: TestImage;
  beforeEach(() => {
    const own = lab.registry.repository('a/b');
    signature = putImage(own, makeReferrer(image.descriptor, 'application/vnd.example.signature'));
    list = putImage(own, makeReferrer(image.descriptor, 'application/vnd.example.sbom'));
  });

  it.each(['filtered', 'unfiltered'] as const)('is told by the registry, %s', async (referrers) => {
    Object.assign(lab.registry.quirks, { referrers, pageSize: 1 });
    expect((await digestsOf()).sort()).toEqual([signature.digest, list.digest].sort());
    expect(await digestsOf('application/vnd.example.sbom')).toEqual([list.digest]);
    expect(await digestsOf('application/vnd.example.other')).toEqual([]);
  });

  const putTag = (value: unknown, mediaType = 'application/vnd.oci.image.index.v1+json') => {
    lab.registry.quirks.referrers = 'missing';
    const tag = image.digest.replace(':', '-');
    const bytes = Buffer.from(JSON.stringify(value));
    lab.registry.repository('a/b').putManifest(bytes, { mediaType, tag });
  };
  const entry = (of: TestImage, artifactType: string) => ({ ...of.descriptor, artifactType });

  it('is told by a tag where the registry does not', async () => {
    putTag({
      schemaVersion: 2,
      manifests: [entry(signature, 'a/signature'), entry(list, 'a/list'), entry(list, 'a/list')],
    });
    expect(await digestsOf()).toEqual([signature.digest, list.digest]);
    expect(await digestsOf('a/list')).toEqual([list.digest]);
  });

  it.each([[404], [405], [501], [200]])(
    'is told by the tag where the registry answers with a page for browsers: %d',
    async (status) => {
      putTag({ schemaVersion: 2, manifests: [entry(list, 'a/list')] });
      lab.registry.faults.add(at.referrers, htmlError(status));
      expect(await digestsOf()).toEqual([list.digest]);
    },
  );

  it('is nothing where there is no such tag', async () => {
    lab.registry.quirks.referrers = 'missing';
    expect(await digestsOf()).toEqual([]);
  });

  it.each([
    [
      'an image',
      () => putTag({ schemaVersion: 2, config: {}, layers: [] }, 'application/vnd.oci.image.manifest.v1+json'),
    ],
    ['no list', () => putTag({ schemaVersion: 2, manifests: {} })],
    ['a list of something else', () => putTag({ schemaVersion: 2, manifests: [{ digest: 'sha256:../../x' }] })],
    ['no JSON', () => lab.registry.faults.add(at.referrers, answering({ status: 200, body: Buffer.from('<html>') }))],
    ['a refusal', () => lab.registry.faults.add(at.referrers, refusing(400, 'NAME_INVALID'))],
  ])('is refused where it is %s', async (what, prepare) => {
    prepare();
    expect((await errorOf(digestsOf())).code).toBe(what === 'a refusal' ? 'registry-refused' : 'server-invalid');
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/index.js';
import { planImage } from '../../src/operations/index.js';
import { readRecord } from '../../src/operations/read-record.js';
import { withRegistries } from '../../src/operations/registries.js';
import { Steps } from '../../src/operations/steps.js';
import { RECORD_TYPE, renderRecord } from '../../src/plan/index.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { refusing } from '../support/registry/effects.js';
import { when } from '../support/registry/faults.js';
import { distributionQuirks } from '../support/registry/quirks.js';
import { realPrograms, startRealRegistry } from '../support/registry/real.js';
import { attach, attachedTo, host, push, recordIn, referenceOf, rootOf, siteBeside, siteOf } from './record-support.js';
import { requestsOf, strangerWorkspace } from './registry-support.js';

type Site = Awaited<ReturnType<typeof siteBeside>>;

const PLATFORMS = 'platforms: [linux/amd64, linux/arm64]\n';
const isWrite = (line: string): boolean => /^(PUT|POST|PATCH)/.test(line);

/** Reads the record of what is published, and says what was warned of. */
async function read({ registry, repository, options }: Site) {
  const warnings: string[] = [];
  const root = rootOf(repository, repository.tags.get('v1')! as ReturnType<typeof digestOf>);
  const record = await withRegistries(host, options, undefined, (registries) =>
    readRecord(root, referenceOf(registry), {
      registries,
      steps: new Steps((event) => event.kind === 'warning' && warnings.push(event.message)),
    }),
  );
  return { record, warnings };
}

describe('the record that apply attaches', () => {
  it('refers to the image, and tells what it was built from', async () => {
    const { request, repository, text } = await siteBeside();
    const { digest, record, warnings } = await push(request);
    expect(warnings).toEqual([]);
    const attached = attachedTo(repository, digest);
    expect(attached.map(({ digest: found, artifactType }) => [found, artifactType])).toEqual([[record, RECORD_TYPE]]);
    const { document, mediaType } = attached[0]!;
    expect(document).toMatchObject({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 },
      layers: [{ mediaType: `${RECORD_TYPE}+gzip` }],
      subject: rootOf(repository, digest),
    });
    expect(Object.keys(document)).not.toContain('annotations');
    const { image, listings, source } = recordIn(repository, record!);
    expect(image.digest).toBe(digest);
    expect(source).toEqual({ file: 'image.yaml', manifest: text, lock: null, base: null, created: source.created });
    const pages = listings.get(image.platforms[0]!.layers[0]!.digest)!;
    expect(pages.entries.map(({ path, origin }) => [path, origin.source])).toContainEqual([
      'srv/b/c.txt',
      'pages/b/c.txt',
    ]);
  });

  it('is the same for the same build, whatever the machine looks like', async () => {
    const { request, registry, again } = await siteBeside({ more: PLATFORMS });
    const first = await push(request);
    const elsewhere = again();
    const second = await push({ ...elsewhere.request, codec: 'pinned' });
    expect(second.record).toBe(first.record);
    expect(second.record).toBeDefined();
    expect(registry.repository('team/site').referrers(first.digest)).toHaveLength(1);
  });

  it('is sent once', async () => {
    const { request, registry } = await siteBeside();
    await push(request);
    expect(requestsOf(registry).filter(isWrite)).not.toEqual([]);
    await push(request);
    const requests = requestsOf(registry);
    expect(requests.filter(isWrite)).toEqual([]);
    expect(requests.length).toBeLessThanOrEqual(12);
  });

  it('of several platforms refers to the index, and to nothing else', async () => {
    const { request, repository } = await siteBeside({ more: PLATFORMS });
    const { digest, record } = await push(request);
    const subjects = [...repository.manifests.values()].flatMap(({ document }) => document.subject?.digest ?? []);
    expect(subjects).toEqual([digest]);
    expect(recordIn(repository, record!).image.platforms.map(({ platform }) => platform)).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
  });

  it('is found by the tag where a registry has no API for it', async () => {
    const site = await siteBeside({ quirks: distributionQuirks });
    const { digest, record } = await push(site.request);
    const list = site.repository.manifest(digest.replace(':', '-'))!;
    expect(list.document.manifests).toMatchObject([{ digest: record, artifactType: RECORD_TYPE }]);
    expect((await read(site)).record?.image.digest).toBe(digest);
  });

  it('brings the sources of what the image is put on, too', async () => {
    const { path, registry, request, repository, text } = await siteBeside();
    const base = siteOf(`${registry.authority}/team/base`);
    mkdirSync(path('base/pages'), { recursive: true });
    writeFileSync(path('base/image.yaml'), base);
    writeFileSync(path('base/pages/index.html'), 'hello\n');
    const derived = text
      .replace('base: scratch', 'base: ./base')
      .replaceAll(/^ {2}- name: (.*)$/gm, '  - name: own-$1');
    writeFileSync(path('image.yaml'), derived);
    const { record, warnings } = await push(request);
    expect(warnings).toEqual([]);
    const { source, image, listings } = recordIn(repository, record!);
    expect(source).toMatchObject({
      manifest: derived,
      base: { file: 'image.yaml', manifest: base, lock: null, base: null },
    });
    // The layers of the base are no layers of its own.
    expect(image.platforms[0]!.layers).toHaveLength(2);
    expect(listings.size).toBe(2);
  });

  it('is left out where that is asked for', async () => {
    const { request, repository } = await siteBeside();
    const { digest, record } = await push({ ...request, withoutRecord: true });
    expect(record).toBeUndefined();
    expect(repository.referrers(digest)).toEqual([]);
  });

  it('is a warning where the registry does not take it: the image is there', async () => {
    const { request, registry, repository, name } = await siteBeside();
    const isRecord = when('PUT', /\/manifests\/sha256:/);
    registry.faults.add(isRecord, refusing(403, 'DENIED'));
    const { digest, record, warnings } = await push(request);
    expect(record).toBeUndefined();
    expect(repository.tags.get('v1')).toBe(digest);
    expect(warnings).toEqual([expect.stringContaining(`The image is in "docker://${name}", but without a record`)]);
  });

  it.each([404, 405, 415])('is a warning where a registry knows no artifacts and answers %i', async (status) => {
    const { request, registry } = await siteBeside();
    registry.faults.add(when('PUT', /\/manifests\/sha256:/), refusing(status, 'MANIFEST_INVALID'));
    expect((await push(request)).warnings).toHaveLength(1);
  });

  it('does not make a secret public that stands in image.yaml', async () => {
    const { request, repository, text, write } = await siteBeside();
    write('image.yaml', `# was at https://me:geheim@example.com/x\n${text}`);
    const { digest, warnings } = await push(request);
    expect(warnings).toEqual([expect.stringMatching(/line 1 of "image.yaml".* a URL with a password or a token$/)]);
    expect(warnings.join()).not.toContain('geheim');
    expect(repository.referrers(digest)).toEqual([]);
    expect([...repository.blobs.values()].some((blob) => blob.includes('geheim'))).toBe(false);
  });
});

describe('a record that is read', () => {
  it('costs its manifest, itself and the documents of the image, and no layer', async () => {
    const site = await siteBeside({ more: PLATFORMS });
    const { digest } = await push(site.request);
    requestsOf(site.registry);
    const { record, warnings } = await read(site);
    expect(record?.image.digest).toBe(digest);
    expect(warnings).toEqual([]);
    expect(requestsOf(site.registry)).toEqual([
      'GET team/site/referrers/…',
      'GET team/site/manifests/…',
      'GET team/site/blobs/…',
      ...Array(3).fill('GET team/site/manifests/…'),
    ]);
  });

  it('is nothing where nothing is attached', async () => {
    const site = await siteBeside();
    await push({ ...site.request, withoutRecord: true });
    requestsOf(site.registry);
    expect((await read(site)).record).toBeUndefined();
    expect(requestsOf(site.registry)).toHaveLength(1);
  });

  /** A record with something else in it. */
  type Draft = ReturnType<typeof JSON.parse>;
  const packed = (draft: Draft): Buffer => gzipSync(JSON.stringify(draft));
  const amd64 = (draft: Draft) => draft.image.platforms[0];

  const forgeries: readonly (readonly [name: string, forge: (draft: Draft, site: Site) => Buffer | Promise<Buffer>])[] =
    [
      ['is no gzip', () => Buffer.from('{}')],
      ['is no JSON', () => gzipSync('hello')],
      ['is cut off', (draft) => packed(draft).subarray(0, -20)],
      ['is a bomb', () => gzipSync(Buffer.alloc(80 * 1024 * 1024))],
      ['is of another image', (draft) => packed({ ...draft, image: { ...draft.image, digest: digestOf('x') } })],
      ['has another type', (draft) => packed({ ...draft, image: { ...draft.image, mediaType: 'a/b' } })],
      [
        'tells of another config',
        (draft) => {
          amd64(draft).config.config.Env = ['PORT=81'];
          return packed(draft);
        },
      ],
      [
        'tells of another layer',
        (draft) => {
          const [layer] = amd64(draft).layers;
          draft.layers[digestOf('x')] = draft.layers[layer.digest];
          delete draft.layers[layer.digest];
          layer.digest = digestOf('x');
          return packed(draft);
        },
      ],
      [
        'tells of another tar',
        (draft) => {
          amd64(draft).layers[0].diffId = digestOf('x');
          return packed(draft);
        },
      ],
      [
        'has other annotations',
        (draft) => {
          amd64(draft).annotations.a = 'b';
          return packed(draft);
        },
      ],
      [
        'has a platform less',
        (draft) => {
          draft.image.platforms.pop();
          return packed(draft);
        },
      ],
      [
        'leads out of the image',
        (draft) => {
          draft.layers[amd64(draft).layers[0].digest][0].path = '../etc/passwd';
          return packed(draft);
        },
      ],
    ];

  it.each(forgeries)('is not believed where it %s', async (_, forge) => {
    const site = await siteBeside({ more: PLATFORMS });
    const { digest, record } = await push(site.request);
    const bytes = renderRecord(recordIn(site.repository, record!));
    const forged = attach(site.repository, digest, await forge(JSON.parse(Buffer.from(bytes).toString()), site));
    expect((await read(site)).record?.image.digest).toBe(digest);
    site.repository.deleteManifest(record!);
    expect(site.repository.referrers(digest).map((item) => item.digest)).toEqual([forged]);
    const failure = await failureOf(read(site));
    expect(failure).toMatchObject({ code: 'record-invalid', message: expect.stringContaining('is of it: ') });
  });

  it.each<[string, object]>([
    ['has two layers', { layers: [] }],
    ['says that it refers to something else', { subject: null }],
    ['holds something else', { layers: [{ mediaType: 'a/b', digest: digestOf('{}'), size: 2 }] }],
    [
      'has a blob that is not there',
      { layers: [{ mediaType: `${RECORD_TYPE}+gzip`, digest: digestOf('x'), size: 9 }] },
    ],
    ['would be very large', { layers: [{ mediaType: `${RECORD_TYPE}+gzip`, digest: digestOf('{}'), size: 2 ** 40 }] }],
  ])('is not believed where its manifest %s', async (_, more) => {
    const site = await siteBeside({ quirks: { referrers: 'missing' } });
    const { digest } = await push({ ...site.request, withoutRecord: true });
    const forged = attach(site.repository, digest, Buffer.from('{}'), more);
    const { bytes, mediaType } = site.repository.manifest(forged)!;
    const manifests = [{ mediaType, digest: forged, size: bytes.length, artifactType: RECORD_TYPE }];
    const list = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    site.repository.putManifest(list, { tag: digest.replace(':', '-') });
    expect(await failureOf(read(site))).toMatchObject({ code: 'record-invalid' });
  });

  it('is looked for among sixteen things at most', async () => {
    const site = await siteBeside();
    const { digest } = await push({ ...site.request, withoutRecord: true });
    for (let i = 0; i < 40; i++) attach(site.repository, digest, gzipSync(`${i}`));
    requestsOf(site.registry);
    expect(await failureOf(read(site))).toMatchObject({ code: 'record-invalid' });
    expect(requestsOf(site.registry)).toHaveLength(1 + 2 * 16);
  });

  it('is of several the one with the first digest, and that is said where they differ in more than comments', async () => {
    const site = await siteBeside();
    const { digest, record } = await push(site.request);
    site.write('image.yaml', `# a comment\n${site.text}`);
    const second = await push(site.request);
    expect(second.digest).toBe(digest);
    expect(second.record).not.toBe(record);
    const [first] = [record!, second.record!].sort();
    const found = await read(site);
    expect(found.warnings).toEqual([]);
    expect(found.record?.source).toEqual(recordIn(site.repository, first!).source);
    const draft = JSON.parse(Buffer.from(renderRecord(recordIn(site.repository, record!))).toString());
    draft.image.platforms[0].layers[0].name = 'other';
    attach(site.repository, digest, packed(draft));
    expect((await read(site)).warnings).toEqual([expect.stringMatching(/differ in what the image was built from/)]);
  });
});

describe.skipIf(!need(...realPrograms))('docker-registry', () => {
  it('keeps a record, and it is found there', async () => {
    const real = await startRealRegistry('plain');
    try {
      const name = `${real.authority}/team/site`;
      const items = { 'image.yaml': siteOf(name, PLATFORMS), 'pages/a.txt': 'a\n' };
      const { request, options } = strangerWorkspace(items);
      const { record, warnings } = await push(request);
      expect(warnings).toEqual([]);
      expect(record).toBeDefined();
      expect((await push(request)).record).toBe(record);
      const elsewhere = strangerWorkspace({ ...items, 'pages/a.txt': 'b\n' });
      const plan = await planImage(host, { ...elsewhere.request, network: options.network!, isLocal: false });
      expect(plan.warnings).toEqual([]);
      expect(plan.previous?.from).toBe(`docker://${name}:v1`);
      expect(plan.platforms[0]!.layers[0]!.changes).toMatchObject([
        { path: '/srv/a.txt', change: 'changed', cause: { text: 'pages/a.txt changed' } },
      ]);
    } finally {
      await real.close();
    }
  }, 60_000);

  it('that is read-only refuses the image and what is attached to it alike', async () => {
    const real = await startRealRegistry('read-only');
    try {
      const { request } = strangerWorkspace({
        'image.yaml': siteOf(`${real.authority}/team/site`),
        'pages/a.txt': 'a\n',
      });
      expect(await failureOf(push(request))).toMatchObject({ code: 'registry-refused' });
    } finally {
      await real.close();
    }
  }, 60_000);
});

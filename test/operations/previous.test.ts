import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/oci/index.js';
import { type BuildEvent, planImage, planImages } from '../../src/operations/index.js';
import { failing, neverAnswering } from '../support/registry/effects.js';
import { basicGuard } from '../support/registry/guards.js';
import { at } from '../support/registry/registry.js';
import { attach, host, push, siteBeside } from './record-support.js';
import { requestsOf } from './registry-support.js';

type Site = Awaited<ReturnType<typeof siteBeside>>;
type Workspace = ReturnType<Site['again']>;

/** What is planned, asking for what is published. */
const planOf = ({ request }: Pick<Workspace, 'request'>, more: object = {}) =>
  planImage(host, { ...request, isLocal: false, ...more });

/** Another machine with one file changed, beside what was pushed from the first. */
async function changedElsewhere(more: object = {}) {
  const site = await siteBeside();
  const applied = await push({ ...site.request, ...more });
  const other = site.again();
  other.write('pages/a.txt', 'other\n');
  requestsOf(site.registry);
  return { ...site, applied, other };
}

const changesIn = (plan: Awaited<ReturnType<typeof planOf>>) =>
  plan.platforms[0]!.layers.map(({ name, status, changes, cause }) => [
    name,
    status,
    changes.map(({ path, cause: { text } }) => `${path}: ${text}`),
    cause?.text ?? null,
  ]);

describe('a plan', () => {
  it('is compared with what is published, by its record and without a layer', async () => {
    const { registry, other, applied, name } = await changedElsewhere();
    const plan = await planOf(other);
    expect(plan.previous).toEqual({ digest: applied.digest, from: `docker://${name}:v1` });
    expect(plan.warnings).toEqual([]);
    expect(changesIn(plan)).toEqual([
      ['pages', 'changed', ['/srv/a.txt: pages/a.txt changed'], 'pages/a.txt changed'],
      ['facts', 'same', [], null],
    ]);
    expect(requestsOf(registry)).toEqual([
      'HEAD team/site/manifests/v1',
      'GET team/site/referrers/…',
      'GET team/site/manifests/…',
      'GET team/site/blobs/…',
      'GET team/site/manifests/…',
    ]);
  });

  it('is compared with that one of several records which tells most, without a word', async () => {
    const artifact =
      'artifacts: { a: { run: "cat note >/dev/null; echo a > $OUT/a", inputs: { include: [note] }, tools: [cat] } }\n';
    const site = await siteBeside({ more: `platforms: [linux/amd64]\n${artifact}` });
    const text = site.text.replace('layers:\n', 'layers:\n  - { name: a, contents: [{ artifact: a, to: /a }] }\n');
    const notes = ['one', 'two', 'three', 'four'];
    const records = new Set<string | undefined>();
    site.write('image.yaml', text);
    for (const note of notes) {
      site.write('note', note);
      records.add((await push(site.request)).record);
    }
    expect(records.size).toBe(notes.length);
    for (const note of [...notes].reverse()) {
      const other = site.again();
      other.write('image.yaml', text);
      other.write('note', note);
      const plan = await planOf(other);
      expect(plan.warnings).toEqual([]);
      expect(plan.platforms[0]!.artifacts).toMatchObject([{ status: 'runs', changes: [] }]);
    }
  });

  it('says of what went where it came from, and of the config what changed', async () => {
    const { other, text } = await changedElsewhere();
    rmSync(other.path('pages/b'), { recursive: true });
    other.write('image.yaml', text.replace('"80"', '"81"'));
    const plan = await planOf(other);
    const removed = plan.platforms[0]!.layers[0]!.changes.find(({ path }) => path === '/srv/b/c.txt');
    expect(removed).toMatchObject({
      change: 'removed',
      cause: { text: expect.stringContaining('pages/b/c.txt is gone') },
    });
    expect(plan.platforms[0]!.config).toMatchObject([{ field: 'env.PORT', before: '80', after: '81' }]);
  });

  it('asks for the name only where this machine published the image itself', async () => {
    const { request, registry, applied, name, write } = await changedElsewhere();
    write('pages/a.txt', 'other\n');
    const plan = await planOf({ request });
    expect(plan.previous).toEqual({ digest: applied.digest, from: `docker://${name}:v1` });
    expect(changesIn(plan)[0]).toEqual([
      'pages',
      'changed',
      ['/srv/a.txt: pages/a.txt changed'],
      'pages/a.txt changed',
    ]);
    expect(requestsOf(registry)).toEqual(['HEAD team/site/manifests/v1']);
  });

  it('is compared with the published image, not with the last apply', async () => {
    const { request, other, registry } = await changedElsewhere();
    const second = await push(other.request);
    requestsOf(registry);
    expect((await planOf({ request })).previous?.digest).toBe(second.digest);
  });

  it('is compared with the last apply, without a word, where nothing is published yet', async () => {
    const { request, registry } = await siteBeside();
    const first = await planOf({ request });
    expect([first.previous, first.warnings]).toEqual([null, []]);
    await push({ ...request, push: false } as never);
    registry.repository('team/site').tags.clear();
    const second = await planOf({ request });
    expect([second.previous?.from, second.warnings]).toEqual(['the last apply', []]);
  });

  it.each<[string, (site: Site) => string]>([
    ['asked not to', () => ''],
    ['it has no tags', ({ text }) => text.replace('tags: [v1]\n', '')],
    ['it has no name', ({ text }) => text.replace(/name: .*\n/, '')],
    ['its name has no registry', ({ text }) => text.replace(/name: .*\n/, 'name: team/site\n')],
  ])('asks no registry where %s', async (_, edit) => {
    const site = await siteBeside();
    await push(site.request);
    requestsOf(site.registry);
    const text = edit(site);
    if (text !== '') site.write('image.yaml', text);
    const plan = await planOf(site, { isLocal: text === '' });
    expect([plan.previous?.from, plan.warnings]).toEqual(['the last apply', []]);
    expect(requestsOf(site.registry)).toEqual([]);
  });

  it('says so where the registry is down, and is compared with the last apply', async () => {
    const { request, registry, again, name } = await siteBeside();
    await push(request);
    await registry.close();
    const plan = await planOf({ request });
    expect(plan.previous?.from).toBe('the last apply');
    expect(plan.warnings).toEqual([
      {
        message: expect.stringContaining(`compared with the last apply instead of "docker://${name}:v1": Cannot read`),
      },
    ]);
    const nowhere = await planOf(again());
    expect(nowhere.previous).toBeNull();
    expect(nowhere.warnings).toEqual([
      { message: expect.stringContaining('nothing to compare with, so everything is new: Cannot read') },
    ]);
  });

  it('of several images asks a registry that does not answer once', async () => {
    const { registry, request, path, text } = await siteBeside();
    for (const name of ['one', 'two', 'three']) {
      mkdirSync(path(`${name}/pages`), { recursive: true });
      writeFileSync(path(`${name}/pages/a.txt`), 'a\n');
      writeFileSync(path(`${name}/image.yaml`), text);
    }
    registry.faults.add(at.everything, failing(503));
    const { file: _, ...rest } = request;
    const files = ['one', 'two', 'three'].map(path);
    const { images } = await planImages(host, { ...rest, files, isLocal: false });
    expect(images.map(({ plan }) => plan.warnings.length)).toEqual([1, 1, 1]);
    expect(requestsOf(registry)).toHaveLength(1);
  });

  it('says so where access is denied', async () => {
    const { registry, other } = await changedElsewhere();
    registry.guard = basicGuard({ alice: 'secret' });
    const plan = await planOf(other);
    expect([plan.previous, plan.warnings.length]).toEqual([null, 1]);
  });

  it('does not try again what failed, nor wait for long', async () => {
    const { registry, other } = await changedElsewhere();
    registry.faults.add(at.everything, failing(503));
    expect((await planOf(other)).warnings).toHaveLength(1);
    expect(requestsOf(registry)).toHaveLength(1);
    registry.faults.clear();
    registry.faults.add(at.everything, neverAnswering);
    const network = { ...other.request.network, timeoutMs: 200 };
    expect((await planOf(other, { network })).warnings).toHaveLength(1);
    expect(requestsOf(registry)).toHaveLength(1);
  });

  it('pulls no layer of an image without record, and says what it does not know', async () => {
    const { registry, other, name } = await changedElsewhere({ withoutRecord: true });
    const plan = await planOf(other);
    expect(plan.previous?.from).toBe(`docker://${name}:v1`);
    expect(changesIn(plan).map(([layer, status, changes]) => [layer, status, changes])).toEqual([
      ['pages', 'changed', []],
      ['facts', 'same', []],
    ]);
    expect(plan.warnings).toEqual([{ message: expect.stringContaining(`"--against docker://${name}:v1" reads them`) }]);
    expect(requestsOf(registry).filter((line) => line.includes('/blobs/'))).toHaveLength(1);
  });

  it('knows the layers of such an image where they were read once', async () => {
    const { registry, other, name } = await changedElsewhere({ withoutRecord: true });
    const against = await planOf(other, { against: parseReference(`docker://${name}:v1`) });
    expect(changesIn(against)[0]![2]).toHaveLength(1);
    requestsOf(registry);
    const plan = await planOf(other);
    expect(changesIn(plan)[0]).toEqual(changesIn(against)[0]);
    expect(plan.warnings).toEqual([]);
  });

  it('against a name reads its record too, and no layer', async () => {
    const { registry, other, name } = await changedElsewhere();
    const plan = await planOf(other, { against: parseReference(`docker://${name}:v1`) });
    expect(changesIn(plan)[0]).toEqual([
      'pages',
      'changed',
      ['/srv/a.txt: pages/a.txt changed'],
      'pages/a.txt changed',
    ]);
    expect(requestsOf(registry).filter((line) => line.includes('/blobs/'))).toHaveLength(1);
  });

  it('tells of records that are not of the image, and does without', async () => {
    const { repository, other, applied } = await changedElsewhere({ withoutRecord: true });
    attach(repository, applied.digest, Buffer.from('{}'));
    const warnings: string[] = [];
    const report = (event: BuildEvent) => event.kind === 'warning' && warnings.push(event.message);
    const plan = await planOf(other, { report });
    expect(plan.previous?.digest).toBe(applied.digest);
    expect(warnings).toEqual([expect.stringContaining('No record that is attached to')]);
  });

  it('is the same plan whichever cache it is made with', async () => {
    const { other, again } = await changedElsewhere();
    const third = again();
    third.write('pages/a.txt', 'other\n');
    const [a, b] = [await planOf(other), await planOf(third)];
    const told = (plan: typeof a) => JSON.stringify({ ...plan, file: '' }).replaceAll(/"file":"[^"]*"/g, '');
    expect(told(a)).toBe(told(b));
    expect(JSON.stringify(a)).not.toContain(join(other.directory, 'cache'));
  });
});

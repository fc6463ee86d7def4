import { rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImages, type PlanSet, planImages } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { readLayout } from '../support/layout.js';
import { startRegistry } from '../support/registry/registry.js';
import { type Workspace, workspace } from './support.js';

const host = createNodeHost();

const LEAVES = 24;
const TEAMS = 4;

const pad = (number: number): string => String(number).padStart(2, '0');
const leafNames = Array.from({ length: LEAVES }, (_, index) => `leaf-${pad(index)}`);

/** An artifact that every team's images share: the same command on the same inputs. */
const ARTIFACT = `artifacts:
  banner:
    run: cat banner.txt > "$OUT/banner.txt"
    inputs: { from: ../.., include: [shared/banner.txt] }
    tools: [cat]
`.replace('cat banner.txt', 'cat ../../shared/banner.txt');

const BASE = `version: 1
platforms: [linux/amd64]
base: scratch
layers:
  - { name: base, contents: [{ files: base.txt, to: /base.txt }] }
`;
const team = (name: string): string => `version: 1
platforms: [linux/amd64]
base: ../base/image.yaml
${ARTIFACT}layers:
  - name: ${name}
    contents:
      - { artifact: banner, path: banner.txt, to: /banner.txt }
      - { text: "${name}\\n", to: /team.txt }
`;
const leaf = (name: string, on: string): string => `version: 1
platforms: [linux/amd64]
base: ../${on}
layers:
  - { name: ${name}, contents: [{ files: main.txt, to: /main.txt }] }
`;

/** 1 base, 1 image beside it, 4 teams' images on the base, 24 leaves on those: 30 images. */
function monorepo(): Workspace {
  const files: Record<string, string> = {
    'shared/banner.txt': 'hello\n',
    'images/base/image.yaml': BASE,
    'images/base/base.txt': 'base\n',
    'images/alone/image.yaml': BASE.replace('name: base', 'name: alone'),
    'images/alone/base.txt': 'alone\n',
    'images/node_modules/x/image.yaml': 'not: an image\n',
  };
  for (let number = 0; number < TEAMS; number++) {
    files[`images/team-${number}/image.yaml`] = team(`team-${number}`);
  }
  leafNames.forEach((name, index) => {
    files[`images/${name}/image.yaml`] = leaf(name, `team-${index % TEAMS}`);
    files[`images/${name}/main.txt`] = `${name}\n`;
  });
  return workspace(files);
}

const requestOf = ({ request, path }: Workspace) => ({ ...request, files: [path('images')] });
const changed = ({ images }: PlanSet): readonly string[] =>
  images
    .filter(({ plan }) => plan.summary.changed)
    .map(({ file }) => file.replace(/^.*images\/(.*)\/image\.yaml$/, '$1'));

describe('a monorepo of 30 images', () => {
  it('is planned and built bases first, each artifact once', async () => {
    const repository = monorepo();
    let runs = 0;
    const report = (event: { readonly kind: string; readonly title?: string }): void => {
      if (event.kind === 'step-started' && event.title?.startsWith('artifact banner')) runs++;
    };
    const applied = await applyImages(host, { ...requestOf(repository), destinations: [], report });
    expect(applied.images).toHaveLength(30);
    expect(applied.summary).toMatchObject({ images: 30, changed: 30, unchanged: 0 });
    expect(runs).toBe(1);
    const order = applied.images.map(({ file }) => file);
    for (const { file, needs } of applied.images) {
      for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(file));
    }
    const again = await planImages(host, requestOf(repository));
    expect(changed(again)).toEqual([]);
    expect(again.summary).toMatchObject({ images: 30, changed: 0, layersToBuild: 0, artifactsToRun: 0 });
  });

  it('plans one image where a leaf changed, and says why', async () => {
    const repository = monorepo();
    await applyImages(host, { ...requestOf(repository), destinations: [] });
    repository.write('images/leaf-07/main.txt', 'another text\n');
    const plan = await planImages(host, requestOf(repository));
    expect(changed(plan)).toEqual(['leaf-07']);
    expect(plan.summary).toMatchObject({ changed: 1, unchanged: 29, layersToBuild: 1 });
    const [planned] = plan.images.filter((image) => image.plan.summary.changed);
    const [layer] = planned!.plan.platforms[0]!.layers;
    expect(layer!.changes.map(({ path, cause }) => `${path}: ${cause.text}`)).toEqual([
      expect.stringMatching(/^\/main\.txt: main\.txt changed/),
    ]);
  });

  it('plans the dependents of a base that changed, in order, because the base moved', async () => {
    const repository = monorepo();
    await applyImages(host, { ...requestOf(repository), destinations: [] });
    repository.write('images/base/base.txt', 'another base\n');
    const plan = await planImages(host, requestOf(repository));
    const affected = changed(plan);
    expect(affected).toHaveLength(29);
    expect(affected).not.toContain('alone');
    expect(affected[0]).toBe('base');
    for (const name of leafNames) {
      const on = `team-${Number(name.slice(-2)) % TEAMS}`;
      expect(affected.indexOf(on)).toBeLessThan(affected.indexOf(name));
    }
    const leafPlan = plan.images.find(({ file }) => file.includes('leaf-00'))!.plan.platforms[0]!;
    expect(leafPlan.base).toMatchObject({ reference: '../team-0' });
    expect(leafPlan.base!.digest).not.toBe(leafPlan.base!.previousDigest);
    expect(leafPlan.layers.map(({ status }) => status)).toEqual(['same']);
  });

  it('runs nothing but what the change needs: the artifact that all share', async () => {
    const repository = monorepo();
    await applyImages(host, { ...requestOf(repository), destinations: [] });
    repository.write('shared/banner.txt', 'good evening\n');
    const plan = await planImages(host, requestOf(repository));
    // Behind the artifact digests are not known.
    expect(changed(plan)).toHaveLength(TEAMS + LEAVES);
    expect(plan.images.find(({ file }) => file.includes('leaf-00'))!.plan).toMatchObject({ digest: null });
    const applied = await applyImages(host, { ...requestOf(repository), destinations: [] });
    expect(applied.summary.changed).toBe(TEAMS + LEAVES);
    expect((await planImages(host, requestOf(repository))).summary.changed).toBe(0);
  });
});

describe('several image.yaml', () => {
  const SITE =
    'version: 1\nplatforms: [linux/amd64]\nbase: scratch\nlayers: [{ name: l, contents: [{ files: f, to: /f }] }]\n';

  it('are two images where one file is linked into two directories, and one where a directory has two names', async () => {
    const { request, path } = workspace({ 'a/image.yaml': SITE, 'a/f': 'a', 'b/f': 'b' });
    symlinkSync('../a/image.yaml', path('b/image.yaml'));
    symlinkSync('a', path('c'));
    const files = [path('a'), path('b'), path('c'), path('a/image.yaml')];
    const { images } = await applyImages(host, { ...request, files, destinations: [] });
    expect(images.map(({ file }) => file)).toEqual([path('a/image.yaml'), path('b/image.yaml')]);
    expect(images[1]!.result.digest).not.toBe(images[0]!.result.digest);
    const alone = await applyImages(host, { ...request, files: [path('b')], destinations: [] });
    expect(alone.images[0]!.result).toMatchObject({ digest: images[1]!.result.digest });
    expect(alone.summary.changed).toBe(0);
  });

  it('count an artifact that they share once', async () => {
    const { summary, images } = await planImages(host, requestOf(monorepo()));
    expect(images.filter(({ plan }) => plan.summary.artifactsToRun === 1)).toHaveLength(TEAMS);
    expect(summary.artifactsToRun).toBe(1);
  });

  it('say what was written already where one cannot be', async () => {
    const registry = await startRegistry();
    try {
      const named = (name: string): string => `${SITE}name: ${name}\ntags: [v1]\n`;
      const there = `${registry.authority}/team/a`;
      const { request, path } = workspace({
        ...{ 'a/image.yaml': named(there), 'a/f': 'a', 'auth.json': '{}' },
        ...{ 'b/image.yaml': named('127.0.0.1:1/team/b'), 'b/f': 'b' },
      });
      const network = { authFile: path('auth.json') };
      const all = { ...request, network, files: [path('a'), path('b')], destinations: [], push: true };
      const failure = await failureOf(applyImages(host, all));
      expect(failure.message).toContain(`b/image.yaml: `);
      expect(failure.message).toContain(`"docker://${there}" is written already`);
      expect(failure.details.written).toEqual([`docker://${there}`]);
    } finally {
      await registry.close();
    }
  });
});

describe('an image on the image of another image.yaml', () => {
  it('brings along the image that nobody asked for, and writes only the one', async () => {
    const { request, path } = monorepo();
    const destinations = [parseReference(`oci:${path('out')}:v1`)];
    const applied = await applyImages(host, { ...request, files: [path('images/leaf-01')], destinations });
    expect(applied.images.map(({ file, role }) => `${role} ${file.replace(/^.*images\//, '')}`)).toEqual([
      'base base/image.yaml',
      'base team-1/image.yaml',
      'asked leaf-01/image.yaml',
    ]);
    expect(applied.images.map(({ result }) => result.destinations.length)).toEqual([0, 0, 1]);
    const { layers } = readLayout(path('out'), 'v1');
    expect(layers).toHaveLength(3);
  });

  it('is refused where it is put on itself in a circle', async () => {
    const { request, path } = workspace({
      'a/image.yaml': 'version: 1\nbase: ../b\n',
      'b/image.yaml': 'version: 1\nbase: ../c/image.yaml\n',
      'c/image.yaml': 'version: 1\nbase: ../a\n',
      'self/image.yaml': 'version: 1\nbase: ./image.yaml\n',
    });
    const failure = await failureOf(planImages(host, { ...request, files: [path('a')] }));
    expect(failure.code).toBe('manifest-cycle');
    expect(failure.message).toMatch(
      /circle: .*a\/image\.yaml → .*b\/image\.yaml → .*c\/image\.yaml → .*a\/image\.yaml$/,
    );
    expect(failure.at?.line).toBe(2);
    expect((await failureOf(planImages(host, { ...request, files: [path('self')] }))).code).toBe('manifest-cycle');
  });

  it('says at its place that the other file is not there, or has no such platform', async () => {
    const { request, path, write } = workspace({
      'a/image.yaml': 'version: 1\nplatforms: [linux/arm64]\nbase: ../b\n',
      'b/image.yaml': 'version: 1\nplatforms: [linux/amd64]\nbase: scratch\n',
    });
    const other = await failureOf(planImages(host, { ...request, files: [path('a')] }));
    expect(other).toMatchObject({ code: 'base-platform', at: { line: 3 } });
    expect(other.message).toContain('linux/arm64');
    write('a/image.yaml', 'version: 1\nbase: ../gone/image.yaml\n');
    expect(await failureOf(planImages(host, { ...request, files: [path('a')] }))).toMatchObject({
      code: 'base-missing',
      at: { line: 2 },
    });
    rmSync(path('a'), { recursive: true });
    rmSync(path('b'), { recursive: true });
    expect((await failureOf(planImages(host, { ...request, files: [path('.')] }))).code).toBe('manifest-missing');
  });
});

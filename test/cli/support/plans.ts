import { type DiffId, type Digest, digestOf, type LayerKey } from '../../../src/oci/index.js';
import type { ApplyResult, ApplySet, PlannedImage, PlanSet } from '../../../src/operations/index.js';
import type { EntryChange, LayerPlan, Plan, PlatformPlan } from '../../../src/plan/index.js';

/** A digest that is easy to tell apart: `fakeDigest('a')` is `sha256:aaaa…`. */
export function fakeDigest(digit: string): Digest {
  return `sha256:${digit.repeat(64)}` as Digest;
}

export function place(line: number): { file: string; line: number; column: number; length: number } {
  return { file: 'image.yaml', line, column: 1, length: 1 };
}

export function layer(name: string, more: Partial<LayerPlan> = {}): LayerPlan {
  return {
    name,
    status: 'same',
    cached: true,
    key: digestOf(name) as string as LayerKey,
    digest: fakeDigest('1'),
    previousDigest: fakeDigest('1'),
    diffId: fakeDigest('2') as string as DiffId,
    sizeBytes: 20_000_000,
    files: 812,
    contentBytes: 45_200_000,
    shippedTwiceBytes: 0,
    changes: [],
    reasons: [],
    cause: null,
    ...more,
  };
}

export const serverChanged: EntryChange = {
  change: 'changed',
  path: '/usr/bin/server',
  before: { kind: 'file', mode: '0755', owner: '0:0', digest: fakeDigest('a'), sizeBytes: 9 },
  after: { kind: 'file', mode: '0755', owner: '0:0', digest: fakeDigest('b'), sizeBytes: 9 },
  differs: ['content'],
  cause: { text: 'artifact server: cmd/server/main.go changed' },
};

export const motdAdded: EntryChange = {
  change: 'added',
  path: '/etc/motd',
  after: { kind: 'file', mode: '0644', owner: '0:0', digest: fakeDigest('c'), sizeBytes: 6 },
  differs: [],
  cause: { text: 'text', at: place(41) },
};

export function platformPlan(more: Partial<PlatformPlan> = {}): PlatformPlan {
  return {
    platform: 'linux/amd64',
    digest: fakeDigest('9'),
    previousDigest: fakeDigest('3'),
    base: {
      reference: 'oci:base:1',
      digest: fakeDigest('5'),
      previousDigest: fakeDigest('5'),
      layers: 2,
      sizeBytes: 1_234_567,
    },
    removedBase: null,
    artifacts: [],
    layers: [layer('deps')],
    config: [],
    ...more,
  };
}

const NOTHING: Plan['summary'] = {
  changed: true,
  layersToBuild: 0,
  layersReused: 0,
  layersRemoved: 0,
  artifactsToRun: 0,
  configChanged: false,
  baseChanged: false,
  platformsRemoved: 0,
};

export function plan(
  more: Partial<Omit<Plan, 'summary'>> & { readonly summary?: Partial<Plan['summary']> } = {},
): Plan {
  return {
    version: 1,
    format: 1,
    file: 'image.yaml',
    name: 'example.com/app',
    tags: ['latest'],
    digest: fakeDigest('9'),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    previous: { digest: fakeDigest('3'), from: 'the last apply' },
    platforms: [platformPlan()],
    removedPlatforms: [],
    pins: [],
    warnings: [],
    ...more,
    summary: { ...NOTHING, ...more.summary },
  };
}

export const unchangedPlan: Plan = plan({
  previous: { digest: fakeDigest('9'), from: 'the last apply' },
  platforms: [platformPlan({ previousDigest: fakeDigest('9') })],
  summary: { changed: false, layersReused: 1 },
});

/** One image of several, named by its file. */
export function planned(file: string, more: Partial<PlannedImage> = {}): PlannedImage {
  return { file, role: 'asked', needs: [], plan: plan({ file, name: null }), ...more };
}

/** What a run would do, summed up as operations do it. */
export function planSet(images: readonly PlannedImage[]): PlanSet {
  const sum = (count: (summary: Plan['summary']) => number): number =>
    images.reduce((total, image) => total + count(image.plan.summary), 0);
  const changed = sum((summary) => Number(summary.changed));
  return {
    version: 1,
    images,
    summary: {
      images: images.length,
      changed,
      unchanged: images.length - changed,
      layersToBuild: sum((summary) => summary.layersToBuild),
      layersReused: sum((summary) => summary.layersReused),
      artifactsToRun: sum((summary) => summary.artifactsToRun),
    },
  };
}

/** Just one image, as it is planned where one file is named. */
export function planOfOne(value: Plan): PlanSet {
  return planSet([planned(value.file, { plan: value })]);
}

export function applied(more: Partial<ApplyResult> = {}): ApplyResult {
  return {
    plan: plan(),
    digest: fakeDigest('9'),
    mediaType: 'm',
    isRunnable: true,
    assertions: [],
    destinations: [],
    ...more,
  };
}

export function applySet(results: readonly (readonly [file: string, result: ApplyResult])[]): ApplySet {
  const images = results.map(([file, result]) => ({ file, role: 'asked' as const, needs: [], result }));
  const { version, summary } = planSet(results.map(([file, { plan: done }]) => planned(file, { plan: done })));
  return { version, images, summary };
}

import { describe, expect, it } from 'vitest';
import { renderPlanSet } from '../../../src/cli/render/plan-set.js';
import type { PlannedImage } from '../../../src/operations/index.js';
import { fakeDigest, layer, motdAdded, place, plan, planned, planSet, platformPlan } from '../support/plans.js';

function lines(images: readonly PlannedImage[], verbose = false): string {
  return renderPlanSet(planSet(images), { verbose })
    .map((line) => line.toString().trimEnd())
    .join('\n');
}

const same = (file: string): PlannedImage =>
  planned(file, { plan: plan({ file, name: null, summary: { changed: false } }) });

const base = planned('base/image.yaml', {
  plan: plan({
    file: 'base/image.yaml',
    name: 'example.com/base',
    platforms: [
      platformPlan({
        base: null,
        layers: [layer('os', { status: 'changed', changes: [motdAdded], cause: { text: 'text', at: place(41) } })],
      }),
    ],
    summary: { layersToBuild: 1 },
  }),
});

const moved = {
  reference: '../base/image.yaml',
  digest: fakeDigest('9'),
  previousDigest: fakeDigest('3'),
  layers: 1,
  sizeBytes: 1000,
};

const app = planned('app/image.yaml', {
  needs: ['base/image.yaml'],
  plan: plan({
    file: 'app/image.yaml',
    name: null,
    platforms: [platformPlan({ base: moved, layers: [layer('deps')] })],
    summary: { baseChanged: true, layersReused: 1 },
  }),
});

describe('the plans of several images', () => {
  it('say which change, in their order and why, then each in detail, and sum up', () => {
    expect(lines([base, app, same('b/image.yaml'), same('c/image.yaml')])).toBe(
      `~ base/image.yaml  sha256:333333333333 → sha256:999999999999  1 layer to build        text  image.yaml:41
~ app/image.yaml   sha256:333333333333 → sha256:999999999999  1 reused, base changed  base base/image.yaml changed
= 2 images unchanged (--verbose names them)

base/image.yaml (example.com/base)  linux/amd64   sha256:333333333333 → sha256:999999999999
  ~ os  812 files  45.2 MB  1 added
      + /etc/motd  6 B  text  image.yaml:41

app/image.yaml  linux/amd64   sha256:333333333333 → sha256:999999999999
  ~ base  ../base/image.yaml  sha256:333333333333 → sha256:999999999999  1 layer, 1.0 kB
  = deps  812 files  45.2 MB  cached

Plan: 2 of 4 images change, 1 layer to build.`,
    );
  });

  it('are one line where nothing changes, and name every image where everything is asked for', () => {
    expect(lines([same('a/image.yaml'), same('b/image.yaml')])).toBe('No changes. 2 images up to date.');
    const all = lines([same('a/image.yaml'), same('b/image.yaml')], true);
    expect(all).toContain(
      '= a/image.yaml  sha256:999999999999 unchanged\n= b/image.yaml  sha256:999999999999 unchanged',
    );
  });

  it('count one image as one', () => {
    const renamed = planned('a/image.yaml', { plan: plan({ file: 'a/image.yaml' }) });
    expect(lines([renamed, same('b/image.yaml')])).toContain('\nPlan: 1 of 2 images changes.');
  });

  it('say what is new, and what is known only after apply', () => {
    const fresh = planned('new/image.yaml', {
      plan: plan({ file: 'new/image.yaml', previous: null, digest: null, summary: { artifactsToRun: 2 } }),
    });
    const onBase = { ...fresh, needs: ['base/image.yaml'] };
    const [, second] = lines([base, onBase]).split('\n');
    expect(second).toMatch(/^\+ new\/image\.yaml +new → known after apply +2 artifacts to run$/);
  });

  it('are that of the one image that was asked for, unless what it is put on changes, too', () => {
    const quiet = { ...same('base/image.yaml'), role: 'base' as const };
    expect(lines([quiet, same('app/image.yaml')])).toBe(`No changes. app/image.yaml is up to date: ${fakeDigest('9')}`);
    const all = lines([{ ...base, role: 'base' }, app]);
    const [first, second] = all.split('\n');
    expect(all).toMatch(
      new RegExp(`\nPlan: 2 of 2 images change, 1 layer to build\\.\nImage: ${fakeDigest('9')}\n.*the last apply$`),
    );
    expect(first).toContain('~ base/image.yaml (only a base here)');
    expect(second).toContain('base base/image.yaml changed');
  });

  it('tell how many causes there are besides the first', () => {
    const change = (field: string) => ({
      change: 'changed' as const,
      field,
      before: 'a',
      after: 'b',
      cause: { text: `${field} in the manifest`, at: place(7) },
    });
    const config = [change('env.A'), change('env.B'), change('env.A')];
    const value = plan({
      file: 'a/image.yaml',
      platforms: [platformPlan({ config })],
      summary: { configChanged: true },
    });
    const [first] = lines([planned('a/image.yaml', { plan: value }), same('b')]).split('\n');
    expect(first).toMatch(/ {2}config changed {2}env\.A in the manifest {2}image\.yaml:7, and 1 more$/);
  });
});

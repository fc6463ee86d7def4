import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { applyImage, planImage } from '../../src/operations/index.js';
import { workspace } from '../operations/support.js';

it('plans an image whose artifact no layer uses, before and after it ran', async () => {
  const { request } = workspace({
    'image.yaml': `version: 1
platforms: [linux/amd64]
base: scratch
artifacts: { unused: { run: echo x > "$OUT/x" } }
layers: [{ name: a, contents: [{ text: x, to: /x }] }]
`,
  });
  const host = createNodeHost();
  const plan = await planImage(host, request);
  expect(plan.summary.artifactsToRun).toBe(1);
  expect((await applyImage(host, { ...request, destinations: [] })).digest).toBe(plan.digest);
  expect((await planImage(host, request)).summary).toMatchObject({ changed: false, artifactsToRun: 0 });
});

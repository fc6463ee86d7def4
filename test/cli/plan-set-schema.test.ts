import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../src/operations/index.js';
import { root } from '../support/root.js';
import { runCli } from './support/fake-io.js';
import { plan, planned, planSet } from './support/plans.js';

const published = JSON.parse(readFileSync(join(root, 'schema', 'plan-set.schema.json'), 'utf8'));
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const validate = ajv.addSchema(jsonSchema('plan') as object, 'plan.schema.json').compile(published);

const set = planSet([
  planned('base/image.yaml', { role: 'base' }),
  planned('a/image.yaml', { needs: ['base/image.yaml'] }),
  planned('b/image.yaml', { plan: plan({ digest: null, previous: null }) }),
]);

async function documentOf(argv: readonly string[]) {
  const operations = {
    planImages: async (_: unknown, request: { report?: (event: never) => void; output?: string }) => {
      request.report?.({ kind: 'warning', message: 'soon gone' } as never);
      return { ...set, ...(request.output !== undefined && { output: request.output }) };
    },
  };
  return JSON.parse((await runCli(['plan', '--json', ...argv], { operations })).stdout);
}

describe('schema/plan-set.schema.json', () => {
  it('is what tbuild schema plan-set prints', async () => {
    const { stdout } = await runCli(['schema', 'plan-set'], { operations: { jsonSchema } });
    expect(JSON.parse(stdout)).toEqual(published);
  });

  it('holds for the document of several images, and knows every member of it', async () => {
    const document = await documentOf(['-o', 'plan.json']);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(Object.keys(document).filter((key) => !Object.hasOwn(published.properties, key))).toEqual([]);
    const { image, summary } = published.$defs;
    expect(Object.keys(document.images[0]).sort()).toEqual(Object.keys(image.properties).sort());
    expect(Object.keys(document.summary).sort()).toEqual(Object.keys(summary.properties).sort());
  });

  it.each([
    ['no summary', ({ summary: _, ...rest }: typeof set) => rest],
    [
      'an image without its plan',
      (value: typeof set) => ({ ...value, images: [{ ...value.images[0], plan: undefined }] }),
    ],
    ['another role', (value: typeof set) => ({ ...value, images: [{ ...value.images[0], role: 'other' }] })],
    ['a plan that is none', (value: typeof set) => ({ ...value, images: [{ ...value.images[0], plan: {} }] })],
    ['a count below nothing', (value: typeof set) => ({ ...value, summary: { ...value.summary, changed: -1 } })],
  ])('does not hold for a document with %s', (_, spoil) => {
    expect(validate(JSON.parse(JSON.stringify(spoil(set))))).toBe(false);
  });
});

import { fail, SourceText } from '../errors/index.js';
import { type DocumentRules, JsonCursor } from '../lock/index.js';
import type { Json } from '../oci/index.js';
import { decodeUtf8 } from '../util/index.js';
import { checkSchema } from './check-schema.js';
import { type LocatedJson, locatedJson } from './located-json.js';
import { planSchema } from './plan-schema.js';
import type { SavedPlan } from './saved-plan.js';
import { savedPlanSchema } from './saved-plan-schema.js';

export const SAVED_PLAN_LIMIT_BYTES = 64 * 1024 * 1024;

const RULES: DocumentRules = { code: 'plan-invalid', hint: 'Save it anew: tbuild plan -o FILE.' };
const OTHERS: ReadonlyMap<string, Json> = new Map([['plan.schema.json', planSchema]]);

const NUMBERS = { version: 'of version', format: 'for byte format' } as const;

/** A plan of another tbuild is not damaged. */
function refuseNewer({ members }: LocatedJson, source: SourceText): void {
  for (const [name, is] of Object.entries(NUMBERS)) {
    const located = members.get(name)?.located;
    if (located === undefined || typeof located.value !== 'number' || located.value <= 1) continue;
    throw fail('plan-invalid', {
      message: `${JSON.stringify(source.file)} is ${is} ${located.value}, and this tbuild reads 1`,
      hint: 'A newer tbuild wrote it: use that one, or plan again.',
      at: source.spanOf(located.range),
    });
  }
}

function sourceOf(bytes: Uint8Array, file: string): SourceText {
  const refuse = (problem: string) => fail('plan-invalid', { message: `${JSON.stringify(file)} ${problem}` });
  if (bytes.length > SAVED_PLAN_LIMIT_BYTES) {
    throw refuse(`has ${bytes.length} bytes, the limit is ${SAVED_PLAN_LIMIT_BYTES}`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse('is not UTF-8 text');
  return new SourceText(file, text.replaceAll('\r\n', '\n'));
}

/**
 * The saved plan in these bytes, which has the form that its schema says.
 *
 * @param file as the user would name it
 * @throws TbuildError `plan-invalid`, with the place
 */
export function parseSavedPlan(bytes: Uint8Array, file: string): SavedPlan {
  const source = sourceOf(bytes, file);
  const cursor = new JsonCursor(source, RULES);
  const located = locatedJson(cursor);
  cursor.end();
  refuseNewer(located, source);
  checkSchema(located, savedPlanSchema, { others: OTHERS, refuse: (range, problem) => cursor.refuse(range, problem) });
  return located.value as unknown as SavedPlan;
}

/** The bytes of a saved plan. */
export function renderSavedPlan(saved: SavedPlan): Uint8Array {
  return Buffer.from(`${JSON.stringify(saved, null, 2)}\n`);
}

import { lockSchema } from '../lock/index.js';
import { manifestSchema, syncSchema } from '../manifest/index.js';
import type { Json } from '../oci/index.js';
import { planSchema, planSetSchema, recordSchema, savedPlanSchema } from '../plan/index.js';

/**
 * Documents that have a published schema: image.yaml, sync.yaml, image.lock.json, what `planImage` and `planImages` give and save, and what
 * `applyImage` attaches to an image.
 */
export type DocumentKind = 'image' | 'sync' | 'lock' | 'plan' | 'plan-set' | 'saved-plan' | 'record';

const SCHEMAS: Readonly<Record<DocumentKind, Json>> = {
  image: manifestSchema,
  sync: syncSchema,
  lock: lockSchema,
  plan: planSchema,
  'plan-set': planSetSchema,
  'saved-plan': savedPlanSchema,
  record: recordSchema,
};

/** The JSON Schema (draft 2020-12) of a document, version 1. */
export function jsonSchema(kind: DocumentKind): Json {
  return SCHEMAS[kind];
}

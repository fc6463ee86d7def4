import { lockSchema } from '../lock/index.js';
import { manifestSchema, syncSchema } from '../manifest/index.js';
import type { Json } from '../oci/index.js';
import { planSchema } from '../plan/index.js';

/** Documents that have a published schema: image.yaml, sync.yaml, image.lock.json, and what `planImage` gives. */
export type DocumentKind = 'image' | 'sync' | 'lock' | 'plan';

const SCHEMAS: Readonly<Record<DocumentKind, Json>> = {
  image: manifestSchema,
  sync: syncSchema,
  lock: lockSchema,
  plan: planSchema,
};

/** The JSON Schema (draft 2020-12) of a document, version 1. */
export function jsonSchema(kind: DocumentKind): Json {
  return SCHEMAS[kind];
}

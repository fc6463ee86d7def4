import type { Json } from '../oci/index.js';
import { schema } from './generated/schema.js';

/** schema/plan.schema.json: JSON Schema draft 2020-12 of a Plan, version 1. */
export const planSchema = schema as Json;

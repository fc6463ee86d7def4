import type { Json } from '../oci/index.js';
import { schema } from './generated/saved-plan-schema.js';

/** schema/saved-plan.schema.json: JSON Schema draft 2020-12 of a saved plan, version 1. */
export const savedPlanSchema = schema as Json;

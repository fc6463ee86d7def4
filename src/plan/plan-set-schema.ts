import type { Json } from '../oci/index.js';
import { schema } from './generated/plan-set-schema.js';

/** schema/plan-set.schema.json: JSON Schema draft 2020-12 of the plans of several images, version 1. */
export const planSetSchema = schema as Json;

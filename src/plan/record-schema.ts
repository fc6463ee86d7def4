import type { Json } from '../oci/index.js';
import { schema } from './generated/record-schema.js';

/** schema/record.schema.json: JSON Schema draft 2020-12 of a published record, version 1. */
export const recordSchema = schema as Json;

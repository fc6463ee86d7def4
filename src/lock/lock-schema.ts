import type { Json } from '../oci/index.js';
import { schema } from './generated/schema.js';

/** schema/lock.schema.json: JSON Schema draft 2020-12 of image.lock.json, version 1. */
export const lockSchema = schema as Json;

import type { Json } from '../oci/index.js';
import { schema } from './generated/schema.js';

/** schema/image.schema.json: JSON Schema draft 2020-12 of image.yaml, version 1. */
export const manifestSchema = schema as Json;

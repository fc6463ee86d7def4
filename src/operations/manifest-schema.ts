import { manifestSchema as schema } from '../manifest/index.js';
import type { Json } from '../oci/index.js';

/** The JSON Schema of image.yaml, version 1. */
export function manifestSchema(): Json {
  return schema;
}

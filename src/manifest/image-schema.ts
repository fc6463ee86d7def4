import { schema } from './generated/schema.js';
import validate from './generated/validate.js';
import { type DocumentSchema, propertiesOf, resolvePart, type SchemaPart } from './schema-facts.js';

const definitions = schema.$defs as DocumentSchema['definitions'];

/** The schema of image.yaml. */
export const imageSchema: DocumentSchema = { definitions, validate };

/** The keys that say of which kind a content is, in the order of the schema. */
export const contentKinds: readonly string[] = (definitions.content!.oneOf as readonly SchemaPart[]).map(
  (member) => (resolvePart(member, definitions).required as readonly string[])[0]!,
);

/** How many platforms a manifest may name: every text is checked for each. */
export const platformsMax = propertiesOf(schema).platforms!.maxItems as number;

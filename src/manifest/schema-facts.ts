import { schema } from './generated/schema.js';

/** A part of a JSON schema. */
export type SchemaPart = Readonly<Record<string, unknown>>;

const definitions = schema.$defs as Readonly<Record<string, SchemaPart>>;

function resolve(part: SchemaPart): SchemaPart {
  const { $ref } = part;
  return typeof $ref === 'string' ? definitions[$ref.slice('#/$defs/'.length)]! : part;
}

/** What a part of the schema says about its values. */
export function describe(part: SchemaPart | undefined): string | undefined {
  if (part === undefined) return undefined;
  const description = part.description ?? resolve(part).description;
  return typeof description === 'string' ? description : undefined;
}

/** The members that the schema of a map knows. */
export function propertiesOf(part: SchemaPart): Readonly<Record<string, SchemaPart>> {
  return (part.properties ?? {}) as Readonly<Record<string, SchemaPart>>;
}

/** The keys that say of which kind a content is, in the order of the schema. */
export const contentKinds: readonly string[] = (definitions.content!.oneOf as readonly SchemaPart[]).map(
  (member) => (resolve(member).required as readonly string[])[0]!,
);

/** How many platforms a manifest may name: every text is checked for each. */
export const platformsMax = propertiesOf(schema).platforms!.maxItems as number;

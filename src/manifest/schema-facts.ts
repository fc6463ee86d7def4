import type { Validator } from './validator.js';

/** A part of a JSON schema. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** The schema of a kind of file. */
export interface DocumentSchema {
  /** Its `$defs`. */
  readonly definitions: Readonly<Record<string, SchemaPart>>;
  readonly validate: Validator;
}

/** The part itself, or the definition that it refers to. */
export function resolvePart(part: SchemaPart, definitions: DocumentSchema['definitions']): SchemaPart {
  const { $ref } = part;
  return typeof $ref === 'string' ? definitions[$ref.slice('#/$defs/'.length)]! : part;
}

/** What a part of the schema, which refers to no other, says about its values. */
export function describe(part: SchemaPart): string | undefined {
  const { description } = part;
  return typeof description === 'string' ? description : undefined;
}

/** The members that the schema of a map knows. */
export function propertiesOf(part: SchemaPart): Readonly<Record<string, SchemaPart>> {
  return (part.properties ?? {}) as Readonly<Record<string, SchemaPart>>;
}

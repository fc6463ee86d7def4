/** One violation of a schema, as ajv reports it with `verbose`. */
export interface Violation {
  readonly keyword: string;
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The part of the schema that holds the keyword. */
  readonly parentSchema: Readonly<Record<string, unknown>>;
  readonly data: unknown;
  /** The key, where it is a key that is wrong. */
  readonly propertyName?: string;
}

/** A compiled schema: true for what fits it, and otherwise `errors` says what does not. */
export interface Validator {
  (data: unknown): boolean;
  readonly errors: readonly Violation[] | null;
}

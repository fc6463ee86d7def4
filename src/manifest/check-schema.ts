import { closestOf, didYouMean } from '../util/index.js';
import type { ManifestPath } from './build-manifest.js';
import type { ProblemFacts, Problems } from './problems.js';
import { type DocumentSchema, describe, propertiesOf, resolvePart } from './schema-facts.js';
import { nearestNode, type Plain, quote, renderPath, type SourceNode } from './source-node.js';
import type { Violation } from './validator.js';
import { wrongType } from './wrong-type.js';

/** `/layers/0/a~1b` → `['layers', 0, 'a/b']`. */
function pathOf(pointer: string, top: Plain): ManifestPath {
  let value: unknown = top;
  return pointer
    .split('/')
    .slice(1)
    .map((token) => {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = (value as Readonly<Record<string | number, unknown>>)[step];
      return step;
    });
}

interface Finding extends ProblemFacts {
  /** What is wrong: for a missing key the path that it would have. */
  readonly path: ManifestPath;
  readonly isKey?: boolean;
}

function missingKey({ params, parentSchema }: Violation, path: ManifestPath, schema: DocumentSchema): Finding {
  const key = String(params.missingProperty);
  const part = propertiesOf(parentSchema)[key] ?? {};
  return {
    path: [...path, key],
    code: 'manifest-missing-key',
    message: `${renderPath(path)} lacks ${JSON.stringify(key)}`,
    hint: describe(part) ?? describe(resolvePart(part, schema.definitions)),
  };
}

function unknownKey({ params, parentSchema }: Violation, path: ManifestPath): Finding {
  const key = String(params.additionalProperty);
  const known = Object.keys(propertiesOf(parentSchema));
  const where = path.length === 0 ? '' : ` in ${renderPath(path)}`;
  return {
    path: [...path, key],
    isKey: true,
    code: 'manifest-unknown-key',
    message: `Key ${quote(key)} is not known${where}`,
    hint: didYouMean(key, known) ?? `Known keys: ${known.join(', ')}.`,
  };
}

function wrongKey({ propertyName, parentSchema }: Violation, path: ManifestPath): Finding {
  const where = path.length === 0 ? '' : ` in ${renderPath(path)}`;
  return {
    path: [...path, propertyName!],
    isKey: true,
    code: 'manifest-wrong-value',
    message: `Key ${quote(propertyName!)} is not allowed${where}`,
    hint: describe(parentSchema),
  };
}

/** What a value is, and why that is not allowed: continues its path. */
function reasonOf({ keyword, params, data }: Violation): string {
  const { limit } = params;
  if (keyword === 'maxItems') return `has ${(data as readonly unknown[]).length} items, which is more than ${limit}`;
  if (keyword === 'minItems') return 'is an empty list';
  if (keyword === 'minLength') return 'is empty';
  if (keyword === 'maxLength') return `has ${[...String(data)].length} characters, which is more than ${limit}`;
  const shown = typeof data === 'string' ? quote(data) : String(data);
  if (keyword === 'minimum') return `is ${shown}, which is less than ${limit}`;
  if (keyword === 'maximum') return `is ${shown}, which is more than ${limit}`;
  return `is ${shown}, which is not allowed`;
}

/** A hint lists no more values. */
const LISTED_MAX = 10;

function hintOf({ keyword, params, parentSchema, data }: Violation): string | undefined {
  if (keyword !== 'enum') return describe(parentSchema);
  const allowed = params.allowedValues as readonly string[];
  const listed = allowed.length > LISTED_MAX ? describe(parentSchema) : `Allowed: ${allowed.join(', ')}.`;
  return didYouMean(String(data), allowed) ?? listed;
}

/** A key that is missing because it is misspelt is one mistake, and told where it stands. */
function isMisspelt({ keyword, params, instancePath, parentSchema }: Violation, all: readonly Violation[]): boolean {
  if (keyword !== 'required') return false;
  const known = Object.keys(propertiesOf(parentSchema));
  return all.some(
    (other) =>
      other.keyword === 'additionalProperties' &&
      other.instancePath === instancePath &&
      closestOf(String(other.params.additionalProperty), known) === params.missingProperty,
  );
}

function findingOf(violation: Violation, { value, top, schema }: SchemaCheck): Finding | undefined {
  const path = pathOf(violation.instancePath, value);
  // These repeat what their parts report.
  if (violation.keyword === 'if' || violation.keyword === 'propertyNames') return undefined;
  if (violation.propertyName !== undefined) return wrongKey(violation, path);
  if (violation.keyword === 'required') return missingKey(violation, path, schema);
  if (violation.keyword === 'additionalProperties') return unknownKey(violation, path);
  if (violation.keyword === 'type') {
    const found = nearestNode(top, path).node;
    return { path, code: 'manifest-wrong-type', ...wrongType(path, found, violation.parentSchema) };
  }
  const message = `${renderPath(path)} ${reasonOf(violation)}`;
  return { path, code: 'manifest-wrong-value', message, hint: hintOf(violation) };
}

export interface SchemaCheck {
  readonly schema: DocumentSchema;
  /** With its variables replaced. */
  readonly value: Plain;
  readonly top: SourceNode;
}

/** Reports where the value is not what the schema says. */
export function checkSchema(check: SchemaCheck, problems: Problems): void {
  const { schema, value, top } = check;
  if (schema.validate(value)) return;
  const violations = schema.validate.errors ?? [];
  for (const violation of violations) {
    if (problems.full) return;
    if (isMisspelt(violation, violations)) continue;
    const finding = findingOf(violation, check);
    if (finding === undefined) continue;
    const { path, isKey, ...facts } = finding;
    if (isKey === true) problems.reportKey(top, path, facts);
    else problems.report(top, path, facts);
  }
}

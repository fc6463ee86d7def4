// Renders the references of image.yaml and sync.yaml in README.md from their schemas, each between its two markers.
// `--check` only says whether README.md is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const END = '<!-- end of reference -->';

const readSchema = (name) => JSON.parse(readFileSync(join(root, 'schema', name), 'utf8'));
const imageSchema = readSchema('image.schema.json');
const syncSchema = readSchema('sync.schema.json');

const resolve = (node, { $defs }) => (node.$ref === undefined ? node : $defs[node.$ref.replace('#/$defs/', '')]);

function typeOf(node, schema) {
  const { anyOf, ...own } = resolve(node, schema);
  // The other alternative lets an editor accept variables.
  const { type, enum: values, const: value, oneOf, items, additionalProperties } = { ...own, ...anyOf?.[0] };
  if (value !== undefined) return `\`${value}\``;
  if (oneOf !== undefined) return [...new Set(oneOf.map((member) => typeOf(member, schema)))].join(' or ');
  if (values !== undefined && values.length <= 6) return values.map((item) => `\`${item}\``).join(' or ');
  if (type === 'array' && items !== undefined) return `list of ${typeOf(items, schema)}`;
  if (type === 'object' && typeof additionalProperties === 'object') {
    return `map to ${typeOf(additionalProperties, schema)}`;
  }
  return Array.isArray(type) ? type.join(' or ') : (type ?? 'any');
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Definitions with sections of their own, which others do not repeat. */
const SECTIONS = ['artifact', 'layer', 'content', 'config', 'assertions', 'image'].map((name) => `#/$defs/${name}`);

/** The maps in a value: itself, or the items, alternatives or values of free keys that are some; with the way to each. */
function mapsIn(node, schema) {
  if (SECTIONS.includes(node.$ref)) return [];
  const { properties, items, oneOf, additionalProperties } = resolve(node, schema);
  if (properties !== undefined) return [{ way: '', map: node }];
  if (oneOf !== undefined) return oneOf.flatMap((member) => mapsIn(member, schema));
  const below = (part, step) => mapsIn(part, schema).map(({ way, map }) => ({ way: step + way, map }));
  if (items !== undefined) return below(items, '[]');
  return typeof additionalProperties === 'object' ? below(additionalProperties, '.NAME') : [];
}

/** One row for each key of a map, and below it for each key of the maps that are its values: `extract.strip`. */
function rowsOf(node, schema, prefix = '') {
  const { properties, required = [] } = resolve(node, schema);
  return Object.entries(properties).flatMap(([key, value]) => {
    const name = required.includes(key) ? `**\`${prefix}${key}\`**` : `\`${prefix}${key}\``;
    const meaning = value.description ?? resolve(value, schema).description ?? '';
    const row = `| ${name} | ${cell(typeOf(value, schema))} | ${cell(meaning)} |`;
    return [row, ...mapsIn(value, schema).flatMap(({ way, map }) => rowsOf(map, schema, `${prefix}${key}${way}.`))];
  });
}

function table(node, schema) {
  return ['| key | type | meaning |', '| --- | --- | --- |', ...rowsOf(node, schema)].join('\n');
}

function section(title, node, schema) {
  const { description } = resolve(node, schema);
  return `#### ${title}\n\n${description}\n\n${table(node, schema)}`;
}

function imageReference() {
  const schema = imageSchema;
  const contents = schema.$defs.content.oneOf.map((node) => {
    const [kind] = resolve(node, schema).required;
    return section(`\`${kind}\` in \`contents\``, node, schema);
  });
  return [
    section('image.yaml', schema, schema),
    section('`artifacts.NAME`', { $ref: '#/$defs/artifact' }, schema),
    section('`layers[]`', { $ref: '#/$defs/layer' }, schema),
    ...contents,
    section('`config`', { $ref: '#/$defs/config' }, schema),
    section('`assertions`', { $ref: '#/$defs/assertions' }, schema),
  ].join('\n\n');
}

function syncReference() {
  const schema = syncSchema;
  return [section('sync.yaml', schema, schema), section('`images[]`', { $ref: '#/$defs/image' }, schema)].join('\n\n');
}

/** The text with a reference between its marker and the next end of one. */
function withReference(readme, marker, reference) {
  const begin = readme.indexOf(marker);
  const end = readme.indexOf(END, begin);
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the marker ${marker}, or the end of the reference`);
  return `${readme.slice(0, begin)}${marker}\n\n${reference}\n\n${readme.slice(end)}`;
}

const REFERENCES = [
  ['<!-- reference: rendered by scripts/reference.mjs from the schema -->', imageReference()],
  ['<!-- reference of sync.yaml: rendered by scripts/reference.mjs from the schema -->', syncReference()],
];
const file = join(root, 'README.md');
const readme = readFileSync(file, 'utf8');
const rendered = REFERENCES.reduce((text, [marker, reference]) => withReference(text, marker, reference), readme);
if (process.argv.includes('--check')) {
  if (rendered !== readme) {
    console.error('README.md is not what the schemas say: run node scripts/reference.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, rendered);
}

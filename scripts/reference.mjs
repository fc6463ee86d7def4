// Renders the reference of image.yaml in README.md from schema/image.schema.json, between its two markers.
// `--check` only says whether README.md is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const schema = JSON.parse(readFileSync(join(root, 'schema/image.schema.json'), 'utf8'));
const BEGIN = '<!-- reference: rendered by scripts/reference.mjs from the schema -->';
const END = '<!-- end of reference -->';

const resolve = (node) => (node.$ref === undefined ? node : schema.$defs[node.$ref.replace('#/$defs/', '')]);

function typeOf(node) {
  const { anyOf, ...own } = resolve(node);
  // The other alternative lets an editor accept variables.
  const { type, enum: values, const: value, oneOf, items, additionalProperties } = { ...own, ...anyOf?.[0] };
  if (value !== undefined) return `\`${value}\``;
  if (oneOf !== undefined) return [...new Set(oneOf.map(typeOf))].join(' or ');
  if (values !== undefined && values.length <= 6) return values.map((item) => `\`${item}\``).join(' or ');
  if (type === 'array' && items !== undefined) return `list of ${typeOf(items)}`;
  if (type === 'object' && typeof additionalProperties === 'object') return `map to ${typeOf(additionalProperties)}`;
  return Array.isArray(type) ? type.join(' or ') : (type ?? 'any');
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(node) {
  const { properties, required = [] } = resolve(node);
  const rows = Object.entries(properties).map(([key, value]) => {
    const name = required.includes(key) ? `**\`${key}\`**` : `\`${key}\``;
    return `| ${name} | ${cell(typeOf(value))} | ${cell(value.description ?? resolve(value).description ?? '')} |`;
  });
  return ['| key | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function section(title, node) {
  const { description } = resolve(node);
  return `#### ${title}\n\n${description}\n\n${table(node)}`;
}

const contents = schema.$defs.content.oneOf.map((node) => {
  const [kind] = resolve(node).required;
  return section(`\`${kind}\` in \`contents\``, node);
});
const reference = [
  section('image.yaml', schema),
  section('`artifacts.NAME`', { $ref: '#/$defs/artifact' }),
  section('`layers[]`', { $ref: '#/$defs/layer' }),
  ...contents,
  section('`config`', { $ref: '#/$defs/config' }),
].join('\n\n');

const file = join(root, 'README.md');
const readme = readFileSync(file, 'utf8');
const begin = readme.indexOf(BEGIN);
const end = readme.indexOf(END);
if (begin < 0 || end < begin) throw new Error('README.md lacks the markers of the reference');
const rendered = `${readme.slice(0, begin)}${BEGIN}\n\n${reference}\n\n${readme.slice(end)}`;
if (process.argv.includes('--check')) {
  if (rendered !== readme) {
    console.error('README.md is not what the schema says: run node scripts/reference.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, rendered);
}

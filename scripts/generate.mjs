// Generates src/manifest/generated/ from schema/image.schema.json and schema/sync.schema.json: for each of the two files
// its types, its compiled validator, and the schema as a module; and src/plan/generated/ and src/lock/generated/, the schemas
// of plans, of a record and of the lock as modules; and src/codec/generated/, the compressor that is written in AssemblyScript
// (src/codec/assembly/, src/codec/xz-assembly/) as modules with the WebAssembly in them. Does nothing where they are up to date. `--force` generates
// in any case.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const root = dirname(dirname(script));
const require = createRequire(import.meta.url);

/** The documents that tbuild writes: only their schemas are needed, as modules. */
const MADE = [
  { file: 'plan.schema.json', begin: 'plan/generated/' },
  { file: 'plan-set.schema.json', begin: 'plan/generated/plan-set-' },
  { file: 'saved-plan.schema.json', begin: 'plan/generated/saved-plan-' },
  { file: 'record.schema.json', begin: 'plan/generated/record-' },
  { file: 'lock.schema.json', begin: 'lock/generated/' },
];
/** The files that people write. `prefix` begins the names of what is generated; `type` is that of the whole file. */
const WRITTEN = [
  { file: 'image.schema.json', prefix: '', types: 'image-yaml', type: 'ImageYaml' },
  { file: 'sync.schema.json', prefix: 'sync-', types: 'sync-yaml', type: 'SyncYaml' },
];

/**
 * The compressor, and the decoder of xz: the sources, what is made of them, and the memory that their layout.ts needs, in pages
 * of 64 KiB: that of the decoder grows, at most to a dictionary of 64 MiB and what goes with it.
 */
const ASSEMBLIES = [
  { directory: 'src/codec/assembly', name: 'deflate', pages: ['148', '148'] },
  { directory: 'src/codec/xz-assembly', name: 'xz', pages: ['4', '1100'] },
];
const ASSEMBLED = ASSEMBLIES.flatMap(({ name }) => assembledNames(name));
const ASSEMBLER_OPTIONS = [
  ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--enable', 'simd'],
];

function assembledNames(name) {
  return [`codec/generated/${name}-wasm.js`, `codec/generated/${name}-wasm.d.ts`];
}

const textOf = (file) => readFileSync(join(root, 'schema', file), 'utf8');

/** Everything that decides what is generated. */
function stampOf() {
  const versions = ['ajv', 'assemblyscript', 'binaryen', 'json-schema-to-typescript', 'esbuild'].map(
    (name) => require(`${name}/package.json`).version,
  );
  const texts = [...WRITTEN, ...MADE].map(({ file }) => textOf(file));
  const assemblies = ASSEMBLIES.map(({ directory }) =>
    readdirSync(join(root, directory))
      .sort()
      .map((name) => [name, readFileSync(join(root, directory, name), 'utf8')]),
  );
  const parts = [...texts, assemblies, readFileSync(script, 'utf8'), ...versions];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function read(name) {
  try {
    return readFileSync(join(root, 'src', name), 'utf8');
  } catch {
    return undefined;
  }
}

/** `#/$defs/x` or the schema itself. */
function resolved(part, definitions) {
  return part.$ref === undefined ? part : definitions[part.$ref.slice('#/$defs/'.length)];
}

/** A schema that says something only about values that meet the condition. */
function implied(condition, consequence) {
  return Object.fromEntries([
    ['if', condition],
    ['then', consequence],
  ]);
}

/**
 * A union for the validator: each member applies only to a value that is meant to be one, so that a wrong value gives the
 * problems of one member. Members are told apart by their type or, where all are objects, by their first required key;
 * an object with none or several of these keys fits no member (check-kinds.ts reports it).
 */
function asConditions({ oneOf, ...rest }, definitions) {
  const members = oneOf.map((member) => ({
    member: forValidator(member, definitions),
    facts: resolved(member, definitions),
  }));
  const types = [...new Set(members.map(({ facts }) => facts.type))];
  if (types.length === members.length) {
    const allOf = members.map(({ member, facts }) => implied({ type: facts.type }, member));
    return { ...rest, type: types, allOf };
  }
  const keys = members.map(({ facts }) => facts.required[0]);
  const allOf = members.map(({ member }, index) => {
    const others = keys.filter((_, other) => other !== index).map((key) => ({ required: [key] }));
    return implied({ required: [keys[index]], not: { anyOf: others } }, member);
  });
  return { ...rest, type: 'object', allOf };
}

/** The schema of values whose variables were replaced: some parts let an editor accept `${…}` in place of a known word. */
function withoutVariables(part) {
  if (Array.isArray(part)) return part.map(withoutVariables);
  if (typeof part !== 'object' || part === null) return part;
  const { anyOf, ...rest } = part;
  const known = anyOf === undefined ? {} : anyOf[0];
  return Object.fromEntries(
    Object.entries({ ...rest, ...known }).map(([key, value]) => [key, withoutVariables(value)]),
  );
}

/** A member of the schema for the validator, by its key. */
function memberForValidator(key, value, definitions) {
  if (key === 'pattern' && typeof value === 'string') return value.replace(/\|\\\$\\\{$/, '');
  // ajv names the key that is wrong only where its schema stands in place.
  if (key === 'propertyNames') return forValidator(resolved(value, definitions), definitions);
  return forValidator(value, definitions);
}

/**
 * The schema as the validator applies it, after variables were replaced: patterns lose the alternative that lets an editor
 * accept `${…}`; lists without repetition are left to check-names.ts, which points at both places.
 */
function forValidator(part, definitions) {
  if (Array.isArray(part)) return part.map((member) => forValidator(member, definitions));
  if (typeof part !== 'object' || part === null) return part;
  if (part.oneOf !== undefined) return asConditions(part, definitions);
  const entries = Object.entries(part).filter(([key, value]) => key !== 'uniqueItems' || value !== true);
  return Object.fromEntries(entries.map(([key, value]) => [key, memberForValidator(key, value, definitions)]));
}

/**
 * ajv copies all earlier violations for each part that has some, which takes the square of their number: minutes for a
 * hostile file of 1 MiB. A part's list of violations is new with each call, so it may grow in place.
 */
function joinInPlace(code) {
  const copying = /vErrors = vErrors === null \? (\w+\.errors) : vErrors\.concat\(\1\);/g;
  const joined = code.replace(copying, 'vErrors = join(vErrors, $1);');
  if (joined === code || joined.includes('.concat(')) throw new Error('ajv joins violations in another way than known');
  return `${joined}
function join(earlier, later) {
  if (earlier === null) return later;
  for (const violation of later) earlier.push(violation);
  return earlier;
}`;
}

/** One module without imports: ajv's own helpers are bundled in. */
async function compileValidator(schema) {
  const { default: Ajv } = await import('ajv/dist/2020.js');
  const { default: standaloneCode } = await import('ajv/dist/standalone/index.js');
  const { build } = await import('esbuild');
  const strictness = { strictTypes: false, strictRequired: false };
  const output = { allErrors: true, verbose: true, messages: false, inlineRefs: false };
  const ajv = new Ajv({ ...strictness, ...output, code: { source: true, esm: true } });
  const { $schema, ...applied } = forValidator(withoutVariables(schema), schema.$defs);
  const contents = joinInPlace(standaloneCode(ajv, ajv.compile(applied)));
  const { outputFiles, metafile } = await build({
    metafile: true,
    stdin: { contents, resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node20.15',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  if (Object.values(metafile.outputs).some((output) => output.imports.length > 0)) {
    throw new Error('the validator must not need another module');
  }
  return outputFiles[0].text;
}

const headerOf = (file) => `// Generated from schema/${file} by scripts/generate.mjs.\n`;

const VALIDATOR_TYPES = `import type { Validator } from '../validator.js';

declare const validate: Validator;
export default validate;
`;

async function typesOf(schema, { file, type }) {
  const { compile } = await import('json-schema-to-typescript');
  return compile(withoutVariables(schema), type, { bannerComment: headerOf(file).trim(), format: false });
}

/** Whole files appear at once, so that a test that runs meanwhile reads the old one or the new one. */
function write(name, text) {
  const path = join(root, 'src', name);
  const temporary = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

const schemaTypes = 'export const schema: { readonly [key: string]: unknown };\n';

const schemaNames = (prefix) => ['schema.js', 'schema.d.ts'].map((name) => prefix + name);

/** A schema as a module, and its types. */
function writeSchema(begin, file, value) {
  const origin = headerOf(file);
  const [module, types] = schemaNames(begin);
  write(module, `${origin}export const schema = ${JSON.stringify(value, null, 2)};\n`);
  write(types, origin + schemaTypes);
}

const DIRECTORY = 'manifest/generated';

function namesOf({ prefix, types }) {
  const begin = `${DIRECTORY}/${prefix}`;
  return [`${begin}validate.js`, `${begin}validate.d.ts`, `${DIRECTORY}/${types}.ts`, ...schemaNames(begin)];
}

async function generate(written) {
  const { file, prefix } = written;
  const schema = JSON.parse(textOf(file));
  const [validator, validatorTypes, types] = namesOf(written);
  write(validator, headerOf(file) + (await compileValidator(schema)));
  write(validatorTypes, headerOf(file) + VALIDATOR_TYPES);
  write(types, await typesOf(schema, written));
  writeSchema(`${DIRECTORY}/${prefix}`, file, schema);
}

/** Compiles sources into a module that exports the WebAssembly in base64. */
async function writeAssembled({ directory, name, pages: [initial, maximum] }) {
  const { default: asc } = await import('assemblyscript/asc');
  const files = new Map();
  const memory = ['--initialMemory', initial, '--maximumMemory', maximum];
  const argv = [`${directory}/index.ts`, '--baseDir', root, '--outFile', 'out.wasm', ...ASSEMBLER_OPTIONS, ...memory];
  const { error, stderr } = await asc.main(argv, { writeFile: (file, contents) => void files.set(file, contents) });
  if (error !== null) throw new Error(`${directory} cannot be compiled:\n${stderr.toString()}`);
  const origin = `// Generated from ${directory} by scripts/generate.mjs.\n`;
  const [module, types] = assembledNames(name);
  const text = Buffer.from(files.get('out.wasm')).toString('base64');
  write(module, `${origin}export const ${name}Wasm = '${text}';\n`);
  write(types, `${origin}/** In base64. */\nexport const ${name}Wasm: string;\n`);
}

const stamp = stampOf();
const stampName = `${DIRECTORY}/stamp`;
const names = [...WRITTEN.flatMap(namesOf), ...MADE.flatMap(({ begin }) => schemaNames(begin)), ...ASSEMBLED];
const current = read(stampName) === stamp && names.every((name) => read(name) !== undefined);
if (!current || process.argv.includes('--force')) {
  rmSync(join(root, 'src', stampName), { force: true });
  for (const written of WRITTEN) await generate(written);
  for (const { file, begin } of MADE) writeSchema(begin, file, JSON.parse(textOf(file)));
  for (const assembly of ASSEMBLIES) await writeAssembled(assembly);
  write(stampName, stamp);
}

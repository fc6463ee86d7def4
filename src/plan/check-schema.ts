import type { TbuildError, TextRange } from '../errors/index.js';
import type { Json } from '../oci/index.js';
import type { LocatedJson } from './located-json.js';

/** A part of a JSON Schema, draft 2020-12: the words that the published schemas of tbuild use. */
interface Part {
  readonly type?: string | readonly string[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Part>>;
  readonly additionalProperties?: Part;
  readonly items?: Part;
  readonly oneOf?: readonly Part[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Part>>;
}

const WORDS = new Set([
  ...['$schema', '$defs', '$ref', 'title', 'description', 'type', 'const', 'enum', 'pattern', 'minimum'],
  ...['required', 'properties', 'additionalProperties', 'items', 'oneOf'],
]);
const DEFINITIONS = '#/$defs/';

/** A document of schemas, whose own definitions its parts refer to. */
interface Place {
  readonly root: Part;
  readonly part: Part;
  /** How messages call the value: `images[0].plan.digest`; empty for the whole. */
  readonly path: string;
}

export interface SchemaCheck {
  /** Other schemas, by the names under which a schema refers to them. */
  readonly others: ReadonlyMap<string, Json>;
  /** The error for a part of the text. */
  refuse(range: TextRange, problem: string): TbuildError;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? 'integer' : typeof value;
}

function shown(value: Json): string {
  return { object: 'an object', array: 'a list' }[typeOf(value)] ?? JSON.stringify(value).slice(0, 100);
}

const NOUNS: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'null',
};

const typesOf = ({ type = [] }: Part): readonly string[] => (typeof type === 'string' ? [type] : type);

class Checker {
  readonly #check: SchemaCheck;

  constructor(check: SchemaCheck) {
    this.#check = check;
  }

  visit(located: LocatedJson, written: Place): void {
    const place = this.#resolve(written);
    const { part } = place;
    const unknown = Object.keys(part).find((word) => !WORDS.has(word));
    if (unknown !== undefined) throw new Error(`a schema has the word ${unknown}, which nothing here checks`);
    if (part.oneOf !== undefined) {
      this.visit(located, { ...place, part: this.#branch(located, place, part.oneOf) });
      return;
    }
    this.#scalar(located, place);
    this.#object(located, place);
    const { items } = part;
    if (items === undefined) return;
    for (const [i, item] of located.items.entries()) {
      this.visit(item, { ...place, part: items, path: `${place.path}[${i}]` });
    }
  }

  #resolve({ root, part, path }: Place): Place {
    const { $ref } = part;
    if ($ref === undefined) return { root, part, path };
    const other = this.#check.others.get($ref);
    if (other !== undefined) return { root: other as Part, part: other as Part, path };
    const found = $ref.startsWith(DEFINITIONS) ? root.$defs?.[$ref.slice(DEFINITIONS.length)] : undefined;
    if (found === undefined) throw new Error(`a schema refers to ${$ref}, which is not there`);
    return this.#resolve({ root, part: found, path });
  }

  /** The branch for values of this type; no two are for one. */
  #branch(located: LocatedJson, place: Place, branches: readonly Part[]): Part {
    const type = typeOf(located.value);
    const fitting = branches.find((branch) => typesOf(this.#resolve({ ...place, part: branch }).part).includes(type));
    if (fitting !== undefined) return fitting;
    const types = branches.flatMap((branch) => typesOf(this.#resolve({ ...place, part: branch }).part));
    throw this.#wrong(located, place, types.map((name) => NOUNS[name]).join(' or '));
  }

  #scalar(located: LocatedJson, place: Place): void {
    const { value } = located;
    const { part } = place;
    const types = typesOf(part);
    if (types.length > 0 && !types.includes(typeOf(value))) {
      throw this.#wrong(located, place, types.map((name) => NOUNS[name]).join(' or '));
    }
    const known = part.const === undefined ? part.enum : [part.const];
    if (known !== undefined && !known.includes(value)) {
      throw this.#wrong(located, place, known.map((item) => JSON.stringify(item)).join(' or '));
    }
    if (part.pattern !== undefined && typeof value === 'string' && !new RegExp(part.pattern, 'u').test(value)) {
      throw this.#wrong(located, place, `a text of the form ${part.pattern}`);
    }
    if (part.minimum !== undefined && typeof value === 'number' && value < part.minimum) {
      throw this.#wrong(located, place, `at least ${part.minimum}`);
    }
  }

  #object(located: LocatedJson, place: Place): void {
    const { required = [], properties = {}, additionalProperties } = place.part;
    if (typeOf(located.value) !== 'object') return;
    const missing = required.find((name) => !located.members.has(name));
    if (missing !== undefined) {
      const [start] = located.range;
      const where = place.path === '' ? '' : ` of ${JSON.stringify(place.path)}`;
      throw this.#check.refuse([start, start + 1], `the member ${JSON.stringify(missing)}${where} is missing`);
    }
    for (const [name, member] of located.members) {
      const part = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      const path = place.path === '' ? name : `${place.path}.${name}`;
      if (part !== undefined) this.visit(member.located, { ...place, part, path });
    }
  }

  #wrong({ value, range }: LocatedJson, { path }: Place, wanted: string): TbuildError {
    const what = path === '' ? 'it' : JSON.stringify(path);
    return this.#check.refuse(range, `${what} is ${shown(value)}, not ${wanted}`);
  }
}

/**
 * Checks a JSON text against a published schema of tbuild, so that there is one description of the document. Members that the schema does not
 * name may be there.
 *
 * @throws what `refuse` makes, for the first thing that is wrong
 */
export function checkSchema(located: LocatedJson, schema: Json, check: SchemaCheck): void {
  new Checker(check).visit(located, { root: schema as Part, part: schema as Part, path: '' });
}

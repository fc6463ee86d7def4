import type { Json } from '../oci/index.js';
import { type JsonCursor, mapOfEntries } from './json-cursor.js';

/** Reads one value, of one shape. Throws TbuildError `lock-invalid`. */
export type Shape<T> = (cursor: JsonCursor) => T;

/** A shape for each member that is known. */
export type Shapes<T> = { readonly [Key in keyof T]-?: Shape<Exclude<T[Key], undefined>> };

/** What a text has to be. */
export interface Rule {
  isMet(text: string): boolean;
  /** `a sha256 digest` */
  readonly wanted: string;
}

export interface ObjectOptions<T> {
  /** Members that may be absent. */
  readonly optional?: readonly (keyof T & string)[];
  /** True where members that are not known are kept. */
  readonly isOpen?: boolean;
}

const shown = (value: Json): string => JSON.stringify(value).slice(0, 100);

/** A scalar that the guard lets pass. */
export function scalarOf<T extends Json>(isMet: (value: Json) => value is T, wanted: string): Shape<T> {
  return (cursor) => {
    const { value, range } = cursor.scalar();
    if (!isMet(value)) throw cursor.wrong(range, shown(value), wanted);
    return value;
  };
}

export function textOf({ isMet, wanted }: Rule): Shape<string> {
  return scalarOf((value): value is string => typeof value === 'string' && isMet(value), wanted);
}

/** A value of any kind that the guard lets pass. */
export function jsonOf<T extends Json>(isMet: (value: Json) => value is T, wanted: string): Shape<T> {
  return (cursor) => {
    const { value, range } = cursor.ranged(() => cursor.json());
    if (!isMet(value)) throw cursor.wrong(range, shown(value), wanted);
    return value;
  };
}

export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return (cursor) => {
    const list: T[] = [];
    cursor.items(() => list.push(item(cursor)));
    return list;
  };
}

/** An object whose members have names that nobody knows before. The result has no prototype. */
export function mapOf<T>(name: Rule, shapeOf: (name: string) => Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (cursor) => {
    const entries: [string, T][] = [];
    cursor.members((key, range) => {
      if (!name.isMet(key)) throw cursor.refuse(range, `${shown(key)} is not ${name.wanted}`);
      entries.push([key, shapeOf(key)(cursor)]);
    });
    return mapOfEntries(entries);
  };
}

export function objectOf<T extends object>(shapes: Shapes<T>, options: ObjectOptions<T> = {}): Shape<T> {
  const { optional = [], isOpen = false } = options;
  const known = new Map<string, Shape<unknown>>(Object.entries(shapes as Shapes<Record<string, unknown>>));
  const required = [...known.keys()].filter((key) => !optional.some((name) => name === key));
  return (cursor) => {
    const { value: found, range } = cursor.ranged(() => {
      const entries = new Map<string, unknown>();
      cursor.members((key, keyRange) => {
        const shape = known.get(key);
        if (shape === undefined && !isOpen)
          throw cursor.refuse(keyRange, `it has the member ${shown(key)}, which is not known`);
        entries.set(key, shape === undefined ? cursor.json() : shape(cursor));
      });
      return entries;
    });
    const missing = required.find((key) => !found.has(key));
    if (missing !== undefined) throw cursor.refuse([range[0], range[0] + 1], `the member ${shown(missing)} is missing`);
    return Object.fromEntries(found) as T;
  };
}

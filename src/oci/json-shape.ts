import { fail, type TbuildError } from '../errors/index.js';
import type { Json } from './canonical-json.js';

export type Members = Readonly<Record<string, Json | undefined>>;

/** A value in a document, and how messages call it. */
export interface Place {
  /** `Manifest sha256:…` */
  readonly document: string;
  /** `layers[3].size`; empty for the document itself. */
  readonly path: string;
  readonly value: Json | undefined;
}

export function wrong(place: Place, wanted: string): TbuildError {
  const { document, path, value } = place;
  const found = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 100);
  const what = path === '' ? 'it' : JSON.stringify(path);
  return fail('image-invalid', { message: `${document} is not valid: ${what} is ${found}, not ${wanted}` });
}

export function member(place: Place, name: string): Place {
  const value = (place.value as Members)[name];
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}`, value };
}

/** Go programs write null for a value that is not set: it counts as absent. */
export function isAbsent(place: Place): boolean {
  return place.value === undefined || place.value === null;
}

export function expectObject(place: Place): Members {
  const { value } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object');
  return value as Members;
}

export function expectString(place: Place): string {
  if (typeof place.value !== 'string' || place.value === '') throw wrong(place, 'a text');
  return place.value;
}

export function expectList(place: Place, maxItems: number): readonly Place[] {
  const { document, path, value } = place;
  if (!Array.isArray(value)) throw wrong(place, 'a list');
  if (value.length > maxItems) {
    throw fail('image-invalid', {
      message: `${document} is not valid: ${JSON.stringify(path)} has ${value.length} items, the limit is ${maxItems}`,
    });
  }
  return value.map((item: Json, number) => ({ document, path: `${path}[${number}]`, value: item }));
}

/** @throws TbuildError `image-invalid` where the value is there and not an object of texts */
export function checkTexts(place: Place): void {
  if (isAbsent(place)) return;
  for (const name of Object.keys(expectObject(place))) {
    const item = member(place, name);
    if (typeof item.value !== 'string') throw wrong(item, 'a text');
  }
}

/** Without the members that are null. */
export function withoutNulls(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

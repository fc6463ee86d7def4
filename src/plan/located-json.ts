import type { TextRange } from '../errors/index.js';
import type { JsonCursor } from '../lock/index.js';
import type { Json, Members } from '../oci/index.js';

/** A value of a JSON text, and where it and all that it holds stand. */
export interface LocatedJson {
  readonly value: Json;
  readonly range: TextRange;
  /** Of an object. */
  readonly members: ReadonlyMap<string, LocatedMember>;
  /** Of a list. */
  readonly items: readonly LocatedJson[];
}

export interface LocatedMember {
  readonly keyRange: TextRange;
  readonly located: LocatedJson;
}

/** Without a prototype, in which a key could find something that nobody wrote. */
function objectOf(members: ReadonlyMap<string, LocatedMember>): Members {
  const value: Record<string, Json> = Object.create(null);
  for (const [key, { located }] of members) value[key] = located.value;
  return value;
}

/** The value that stands next. @throws as the cursor */
export function locatedJson(cursor: JsonCursor): LocatedJson {
  const members = new Map<string, LocatedMember>();
  const items: LocatedJson[] = [];
  const { value, range } = cursor.ranged((): Json => {
    switch (cursor.kind()) {
      case 'object':
        cursor.members((key, keyRange) => members.set(key, { keyRange, located: locatedJson(cursor) }));
        return objectOf(members);
      case 'list':
        cursor.items(() => items.push(locatedJson(cursor)));
        return items.map((item) => item.value);
      default:
        return cursor.scalar().value;
    }
  });
  return { value, range, members, items };
}

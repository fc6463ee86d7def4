import { type ElfEncoding, ElfFields, type Refuse } from './elf-fields.js';
import type { Segment } from './elf-header.js';

/** Tags of the dynamic section (System V ABI, "Dynamic Section"; the last three are GNU's and Sun's). */
const TAG = {
  end: 0,
  needed: 1,
  stringTable: 5,
  stringTableSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6ffffffb,
  auxiliary: 0x7ffffffd,
  filter: 0x7fffffff,
} as const;
/** In `flags1`: the loader's own directories are not searched. */
const DF_1_NODEFLIB = 0x800;
const PT_LOAD = 1;
/** Libraries that one file may ask for. */
const NEEDED_MAX = 1024;

/** The dynamic section; strings are offsets in the string table. */
export interface DynamicSection {
  /** In the order of the file, with the libraries that this one stands in for (DT_FILTER). */
  readonly needed: readonly number[];
  /** Libraries that are asked for, and not missed (DT_AUXILIARY). */
  readonly auxiliary: readonly number[];
  readonly soname: number | undefined;
  readonly rpath: number | undefined;
  readonly runpath: number | undefined;
  readonly noDefaultDirectories: boolean;
  /** Address of the string table. */
  readonly strings: number | undefined;
  readonly stringsSize: number | undefined;
}

export function parseDynamicSection(bytes: Uint8Array, encoding: ElfEncoding, refuse: Refuse): DynamicSection {
  const fields = new ElfFields(bytes, encoding);
  const width = encoding.is64 ? 8 : 4;
  const values = new Map<number, number[]>();
  for (let at = 0; at + 2 * width <= bytes.length; at += 2 * width) {
    const tag = fields.wide(at);
    if (tag === TAG.end) break;
    const known = values.get(tag);
    if (known === undefined) values.set(tag, [fields.wide(at + width)]);
    else known.push(fields.wide(at + width));
  }
  const all = (tag: number): readonly number[] => values.get(tag) ?? [];
  const one = (tag: number, name: string): number | undefined => {
    if (all(tag).length > 1) throw refuse(`its dynamic section holds ${name} ${all(tag).length} times`);
    return all(tag)[0];
  };
  const needed = [...all(TAG.filter), ...all(TAG.needed)];
  const auxiliary = all(TAG.auxiliary);
  if (needed.length + auxiliary.length > NEEDED_MAX) throw refuse(`it asks for more than ${NEEDED_MAX} libraries`);
  return {
    needed,
    auxiliary,
    soname: one(TAG.soname, 'DT_SONAME'),
    rpath: one(TAG.rpath, 'DT_RPATH'),
    runpath: one(TAG.runpath, 'DT_RUNPATH'),
    noDefaultDirectories: ((one(TAG.flags1, 'DT_FLAGS_1') ?? 0) & DF_1_NODEFLIB) !== 0,
    strings: one(TAG.stringTable, 'DT_STRTAB'),
    stringsSize: one(TAG.stringTableSize, 'DT_STRSZ'),
  };
}

/** Where in the file the string table is; its size is at most as far as the segment goes that it lies in. */
export function locateStrings(
  section: DynamicSection,
  segments: readonly Segment[],
  refuse: Refuse,
): { readonly offset: number; readonly size: number } {
  const { strings, stringsSize = Number.MAX_SAFE_INTEGER } = section;
  if (strings === undefined) throw refuse('its dynamic section has no string table');
  const places = new Map<number, number>();
  for (const { type, offset, address, size } of segments) {
    if (type !== PT_LOAD || strings < address || strings >= address + size) continue;
    places.set(strings - address + offset, address + size - strings);
  }
  if (places.size > 1) throw refuse('its segments overlap where its string table is');
  for (const [offset, room] of places) return { offset, size: Math.min(room, stringsSize) };
  throw refuse('its string table is in no segment');
}

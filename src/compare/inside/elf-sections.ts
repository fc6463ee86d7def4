import { latin1 } from './strings-of.js';

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  /** In the file, in bytes. */
  readonly offset: number;
  /** In memory; of what takes room in the file, also there. */
  readonly size: number;
  /** Empty for what takes no room in the file. */
  readonly content: Uint8Array;
}

export interface ElfImage {
  /** Name → value, for people. */
  readonly header: ReadonlyMap<string, string>;
  readonly sections: readonly ElfSection[];
}

const SHT_NOBITS = 8;
const SECTIONS_MAX = 20_000;

interface Layout {
  readonly view: DataView;
  readonly is64: boolean;
  readonly isLittle: boolean;
}

function wide({ view, is64, isLittle }: Layout, at: number): number {
  return is64 ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);
}

function headerOf(layout: Layout, bytes: Uint8Array): ReadonlyMap<string, string> {
  const { view, is64, isLittle } = layout;
  return new Map([
    ['class', is64 ? '64 bits' : '32 bits'],
    ['byte order', isLittle ? 'little-endian' : 'big-endian'],
    ['OS ABI', String(bytes[7])],
    ['type', String(view.getUint16(16, isLittle))],
    ['machine', String(view.getUint16(18, isLittle))],
    ['flags', `0x${view.getUint32(is64 ? 48 : 36, isLittle).toString(16)}`],
  ]);
}

interface RawSection extends Omit<ElfSection, 'name'> {
  readonly nameAt: number;
}

function rawSection(layout: Layout, bytes: Uint8Array, at: number): RawSection {
  const { view, is64, isLittle } = layout;
  const nameAt = view.getUint32(at, isLittle);
  const type = view.getUint32(at + 4, isLittle);
  const offset = wide(layout, at + (is64 ? 24 : 16));
  const size = wide(layout, at + (is64 ? 32 : 20));
  const content = type === SHT_NOBITS ? new Uint8Array() : bytes.subarray(offset, offset + size);
  return { nameAt, type, offset, size, content };
}

function nameIn(names: Uint8Array, at: number): string {
  const end = names.indexOf(0, at);
  return latin1(names.subarray(at, end < 0 ? names.length : end));
}

/**
 * Header and sections of an ELF file (System V ABI, "Object Files"). Parts that reach behind the end of the file are cut there.
 * Throws a RangeError where the headers themselves do.
 */
export function readElfSections(bytes: Uint8Array): ElfImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout: Layout = { view, is64: view.getUint8(4) === 2, isLittle: view.getUint8(5) !== 2 };
  const { is64, isLittle } = layout;
  const table = wide(layout, is64 ? 40 : 32);
  const entryBytes = is64 ? 64 : 40;
  const count = table === 0 ? 0 : view.getUint16(is64 ? 60 : 48, isLittle);
  if (count > SECTIONS_MAX) throw new RangeError(`${count} sections`);
  const raw = Array.from({ length: count }, (_, i) => rawSection(layout, bytes, table + i * entryBytes));
  const names = raw[view.getUint16(is64 ? 62 : 50, isLittle)]?.content ?? new Uint8Array();
  const seen = new Map<string, number>();
  const sections = raw.map(({ nameAt, ...section }): ElfSection => {
    const name = nameIn(names, nameAt);
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return { ...section, name: number === 1 ? name : `${name} (${number})` };
  });
  return { header: headerOf(layout, bytes), sections };
}

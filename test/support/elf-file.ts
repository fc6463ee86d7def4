/** What a hand-made ELF file says. Everything has a default, so that a test names only what it is about. */
export interface ElfDescription {
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  /** e_machine; 62 is x86-64. */
  readonly machine?: number;
  readonly flags?: number;
  /** e_type; 3 is ET_DYN. */
  readonly type?: number;
  readonly interpreter?: string | Uint8Array;
  readonly needed?: readonly string[];
  readonly auxiliary?: readonly string[];
  readonly filter?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly flags1?: number;
  /** More entries of the dynamic section, before the others. */
  readonly dynamic?: readonly (readonly [tag: number, value: number | bigint])[];
  /** False leaves out the dynamic section, as in a static program. */
  readonly isDynamic?: boolean;
  /** Zeros between the string table and the dynamic section. */
  readonly gap?: number;
  /** More program headers: type, offset, address, size in the file. */
  readonly segments?: readonly (readonly [type: number, offset: number, address: number, size: number])[];
}

/** The first loaded byte is here, so that addresses and offsets are never the same by chance. */
const BASE = 0x10000;

class Fields {
  readonly bytes: Buffer;
  readonly #is64: boolean;
  readonly #isLittle: boolean;

  constructor(size: number, is64: boolean, isLittle: boolean) {
    this.bytes = Buffer.alloc(size);
    this.#is64 = is64;
    this.#isLittle = isLittle;
  }

  half(at: number, value: number): void {
    this.#isLittle ? this.bytes.writeUInt16LE(value, at) : this.bytes.writeUInt16BE(value, at);
  }

  word(at: number, value: number): void {
    this.#isLittle ? this.bytes.writeUInt32LE(value >>> 0, at) : this.bytes.writeUInt32BE(value >>> 0, at);
  }

  wide(at: number, value: number | bigint): void {
    if (!this.#is64) this.word(at, Number(value));
    else if (this.#isLittle) this.bytes.writeBigUInt64LE(BigInt(value), at);
    else this.bytes.writeBigUInt64BE(BigInt(value), at);
  }
}

/** Header, program headers, loader, strings, dynamic section: in this order, and nothing else. */
export function elfFile(description: ElfDescription = {}): Buffer {
  const { bits = 64, order = 'little', machine = 62, flags = 0, type = 3, interpreter, gap = 0 } = description;
  const is64 = bits === 64;
  const isLittle = order === 'little';
  const width = is64 ? 8 : 4;

  let strings = '\0';
  const entries: (readonly [number, number | bigint])[] = [...(description.dynamic ?? [])];
  const name = (tag: number, text: string | undefined): void => {
    if (text === undefined) return;
    entries.push([tag, Buffer.byteLength(strings)]);
    strings += `${text}\0`;
  };
  for (const text of description.needed ?? []) name(1, text);
  for (const text of description.auxiliary ?? []) name(0x7ffffffd, text);
  for (const text of description.filter ?? []) name(0x7fffffff, text);
  name(14, description.soname);
  name(15, description.rpath);
  name(29, description.runpath);
  if (description.flags1 !== undefined) entries.push([0x6ffffffb, description.flags1]);

  const path = typeof interpreter === 'string' ? Buffer.from(`${interpreter}\0`) : interpreter;
  const stringBytes = Buffer.from(strings);
  const isDynamic = description.isDynamic ?? true;
  const more = description.segments ?? [];
  const count = 1 + (path === undefined ? 0 : 1) + (isDynamic ? 1 : 0) + more.length;
  const [headerSize, segmentSize] = is64 ? [64, 56] : [52, 32];
  const pathAt = headerSize + count * segmentSize;
  const stringsAt = pathAt + (path?.length ?? 0);
  const dynamicAt = stringsAt + stringBytes.length + gap;
  entries.push([5, BASE + stringsAt], [10, stringBytes.length], [0, 0]);
  const dynamicSize = entries.length * 2 * width;
  const size = isDynamic ? dynamicAt + dynamicSize : dynamicAt;

  const fields = new Fields(size, is64, isLittle);
  fields.bytes.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2, 1]);
  fields.half(16, type);
  fields.half(18, machine);
  fields.word(20, 1);
  fields.wide(is64 ? 32 : 28, headerSize);
  fields.word(is64 ? 48 : 36, flags);
  const rest = is64 ? 52 : 40;
  for (const [i, value] of [headerSize, segmentSize, count].entries()) fields.half(rest + 2 * i, value);

  const segments: (readonly [number, number, number, number])[] = [[1, 0, BASE, size]];
  if (path !== undefined) segments.push([3, pathAt, BASE + pathAt, path.length]);
  if (isDynamic) segments.push([2, dynamicAt, BASE + dynamicAt, dynamicSize]);
  for (const [i, [segmentType, offset, address, length]] of [...segments, ...more].entries()) {
    const start = headerSize + i * segmentSize;
    fields.word(start, segmentType);
    fields.wide(start + (is64 ? 8 : 4), offset);
    fields.wide(start + (is64 ? 16 : 8), address);
    fields.wide(start + (is64 ? 32 : 16), length);
  }
  if (path !== undefined) fields.bytes.set(path, pathAt);
  fields.bytes.set(stringBytes, stringsAt);
  if (isDynamic) {
    for (const [i, [tag, value]] of entries.entries()) {
      fields.wide(dynamicAt + 2 * i * width, tag);
      fields.wide(dynamicAt + (2 * i + 1) * width, value);
    }
  }
  return fields.bytes;
}

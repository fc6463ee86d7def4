import { type ElfEncoding, ElfFields, type Refuse } from './elf-fields.js';

/** For whom a program or library is. */
export interface ElfAbi extends ElfEncoding {
  /** e_machine: 62 for x86-64. */
  readonly machine: number;
  /** e_flags, where some machines tell their calling conventions apart. */
  readonly flags: number;
}

/** A program header, as far as it matters here. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

export interface ElfHeader {
  readonly abi: ElfAbi;
  /** False for object files, core dumps and whatever is not loaded and run. */
  readonly isLoadable: boolean;
  /** Where the program headers are. */
  readonly table: { readonly offset: number; readonly length: number };
}

/** Most bytes of program headers that Linux loads. */
const TABLE_BYTES_MAX = 65_536;
/** e_phnum of a file that keeps the number in its section headers, which no loader looks at. */
const PN_XNUM = 0xffff;
const ET_EXEC = 2;
const ET_DYN = 3;

export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

function encodingOf(head: Uint8Array, refuse: Refuse): ElfEncoding {
  const [classByte, dataByte] = [head[4], head[5]];
  if (classByte !== 1 && classByte !== 2) throw refuse(`its class is ${classByte}, neither 32 nor 64 bits`);
  if (dataByte !== 1 && dataByte !== 2) throw refuse(`its byte order is ${dataByte}, neither little nor big endian`);
  return { is64: classByte === 2, isLittleEndian: dataByte === 1 };
}

/** Reads the header of a file that `isElf` (System V ABI, "ELF Header"). */
export function parseElfHeader(head: Uint8Array, refuse: Refuse): ElfHeader {
  if (head.length < 6) throw refuse('it ends within its header');
  const encoding = encodingOf(head, refuse);
  const { is64 } = encoding;
  if (head.length < (is64 ? 64 : 52)) throw refuse('it ends within its header');
  const fields = new ElfFields(head, encoding);
  const type = fields.half(16);
  const count = fields.half(is64 ? 56 : 44);
  const entrySize = fields.half(is64 ? 54 : 42);
  const isLoadable = (type === ET_EXEC || type === ET_DYN) && count > 0;
  const abi = { ...encoding, machine: fields.half(18), flags: fields.word(is64 ? 48 : 36) };
  if (!isLoadable) return { abi, isLoadable, table: { offset: 0, length: 0 } };
  const expected = is64 ? 56 : 32;
  if (entrySize !== expected) throw refuse(`its program headers have ${entrySize} bytes each, not ${expected}`);
  const table = { offset: fields.wide(is64 ? 32 : 28), length: count * entrySize };
  if (count === PN_XNUM || table.length > TABLE_BYTES_MAX)
    throw refuse(`it has ${count} program headers, more than Linux loads`);
  return { abi, isLoadable, table };
}

/** Reads the program headers (System V ABI, "Program Header"). */
export function parseSegments(table: Uint8Array, encoding: ElfEncoding): readonly Segment[] {
  const fields = new ElfFields(table, encoding);
  const { is64 } = encoding;
  const segments: Segment[] = [];
  for (let at = 0; at < table.length; at += is64 ? 56 : 32) {
    segments.push({
      type: fields.word(at),
      offset: fields.wide(at + (is64 ? 8 : 4)),
      address: fields.wide(at + (is64 ? 16 : 8)),
      size: fields.wide(at + (is64 ? 32 : 16)),
    });
  }
  return segments;
}

import type { TbuildError } from '../errors/index.js';

/** Makes the error for what is wrong with a file: `its program headers end behind the file`. */
export type Refuse = (problem: string) => TbuildError;

/** How an ELF file writes numbers (System V ABI, "Data Representation"). */
export interface ElfEncoding {
  readonly is64: boolean;
  readonly isLittleEndian: boolean;
}

/** Numbers in a part of an ELF file. The caller sees to it that they lie within. */
export class ElfFields {
  readonly encoding: ElfEncoding;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, encoding: ElfEncoding) {
    this.encoding = encoding;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  half(offset: number): number {
    return this.#view.getUint16(offset, this.encoding.isLittleEndian);
  }

  word(offset: number): number {
    return this.#view.getUint32(offset, this.encoding.isLittleEndian);
  }

  /** An address, offset or size: as wide as the class of the file. Beyond 2^53 it is only roughly right, and still beyond. */
  wide(offset: number): number {
    if (!this.encoding.is64) return this.word(offset);
    return Number(this.#view.getBigUint64(offset, this.encoding.isLittleEndian));
  }
}

import { putInput, type XzWasm, xzInstance } from './xz-wasm.js';

/** A chunk of LZMA2 data. */
export interface Lzma2Chunk {
  /** Its first byte, not 0. */
  readonly control: number;
  /** Of LZMA; 0 where there are none. */
  readonly properties: number;
  readonly data: Uint8Array;
  /** Bytes that it unpacks to. */
  readonly unpacked: number;
}

export interface Lzma2Decoder {
  /** Begins with other data. @param dictionaryBytes at most 64 MiB */
  begin(dictionaryBytes: number): void;
  /** What the chunk unpacks to, good until the next call; undefined where it is damaged. */
  decode(chunk: Lzma2Chunk): Uint8Array | undefined;
  /** To be called once. */
  close(): void;
}

const NO_MEMORY = 2;

/** An instance that nobody uses, for the next one who needs it: its memory stays. */
const idle: XzWasm[] = [];
const IDLE_MAX = 1;

/** A decoder of LZMA2 data (The .xz File Format, section 5.3.1). It needs as much memory as the data, and at most that of its dictionary and 4 MiB. */
export function openLzma2(): Lzma2Decoder {
  const instance = idle.pop() ?? xzInstance();
  return {
    begin: (dictionaryBytes) => instance.begin(dictionaryBytes),
    decode({ control, properties, data, unpacked }) {
      putInput(instance, data);
      const failure = instance.decode(control, properties, data.length, unpacked);
      if (failure === NO_MEMORY) throw new RangeError('there is no memory for the dictionary of xz data');
      if (failure !== 0) return undefined;
      return new Uint8Array(instance.memory.buffer, instance.outputAddress(), unpacked);
    },
    close() {
      if (idle.length < IDLE_MAX) idle.push(instance);
    },
  };
}

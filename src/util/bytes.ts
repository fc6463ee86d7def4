/** A stream of bytes. Chunks have any size above zero; the consumer must not keep a chunk after asking for the next. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A stream that may also be read without awaiting: many small files are read several times faster that way. */
export type Chunks = Iterable<Uint8Array> | Bytes;

/** True where the stream can be read with a plain `for … of`. */
export function isSyncChunks(chunks: Chunks): chunks is Iterable<Uint8Array> {
  return Symbol.iterator in chunks;
}

/** One chunk as a stream. */
export async function* bytesOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

/** The whole stream in memory. Only for what has a small known limit: throws a RangeError beyond `limitBytes`. */
export async function collect(stream: Chunks, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limitBytes) throw new RangeError(`more than ${limitBytes} bytes`);
    chunks.push(new Uint8Array(chunk)); // not slice: a Buffer would only give a view
  }
  return Buffer.concat(chunks, size);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of UTF-8 bytes, or undefined where they are not valid UTF-8. A byte order mark is kept as U+FEFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes for people: printable ASCII as it is, the rest as `\xNN`. */
export function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

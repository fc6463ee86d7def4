import { createHash } from 'node:crypto';
import { TbuildError } from '../../errors/index.js';
import type { Files, ReadHandle } from '../../host/index.js';
import { digestOfHash, isDigest } from '../../oci/index.js';
import type { Chunks } from '../../util/index.js';
import { attempt, type Explain, explained } from '../explained.js';
import { type Content, verifiedChunks } from '../verified-chunks.js';

/*
 * An unpacked file is made of the contents of an archive, one after the other and nothing between, and of a table of them
 * at its end: a line with digest and size of each, then a last line with the digest of the table and its bytes. The table
 * is for verification only; readers know from elsewhere what lies where.
 */

/** A content and where it begins in its file, in bytes. */
export interface PlacedContent extends Content {
  readonly position: number;
}

const BUFFER_BYTES = 1024 * 1024;
const SIZE_DIGITS = 16;
/** Digest in hexadecimal digits, blank, bytes of the table, newline. */
const LAST_LINE_BYTES = 64 + 1 + SIZE_DIGITS + 1;

function lastLineOf(table: Uint8Array): string {
  const seal = createHash('sha256').update(table).digest('hex');
  return `${seal} ${String(table.length).padStart(SIZE_DIGITS, '0')}\n`;
}

/**
 * Writes an unpacked file, in one thread while others write theirs. It is not flushed to the disk: what is in it can be
 * had again from the archive, and whoever reads it checks every content.
 */
export class UnpackedWriter {
  readonly #handle;
  readonly #files: Files;
  readonly #path: string;
  readonly #explain: Explain;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #lines: string[] = [];
  #buffered = 0;
  #position = 0;
  #isOpen = true;

  /**
   * @param path must not exist yet
   * @throws what `explain` makes of errno errors, as all methods
   */
  constructor(files: Files, path: string, explain: Explain) {
    this.#files = files;
    this.#path = path;
    this.#explain = explain;
    this.#handle = explained(() => files.createFile(path), explain);
  }

  /** @param tick called with the bytes since the last call; may throw to stop */
  async add(content: Chunks, tick: (bytes: number) => void): Promise<PlacedContent> {
    const position = this.#position;
    const hash = createHash('sha256');
    for await (const chunk of content) {
      hash.update(chunk);
      this.#write(chunk);
      tick(chunk.length);
    }
    const placed = { digest: digestOfHash(hash), size: this.#position - position, position };
    this.#lines.push(`${placed.digest} ${placed.size}\n`);
    return placed;
  }

  /** Nothing can be added any more. */
  finish(): void {
    const table = Buffer.from(this.#lines.join(''));
    this.#write(table);
    this.#write(Buffer.from(lastLineOf(table)));
    explained(() => {
      this.#flush();
      this.#close();
    }, this.#explain);
  }

  /** Removes the file. */
  discard(): void {
    attempt(() => this.#close());
    attempt(() => this.#files.remove(this.#path));
  }

  #write(bytes: Uint8Array): void {
    this.#position += bytes.length;
    if (this.#buffered + bytes.length > BUFFER_BYTES) explained(() => this.#flush(), this.#explain);
    if (bytes.length > BUFFER_BYTES) explained(() => this.#handle.write(bytes), this.#explain);
    else {
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
  }

  #flush(): void {
    this.#handle.write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#handle.close();
  }
}

/** The table of an open unpacked file of so many bytes, if it is whole. */
function tableOf(handle: ReadHandle, size: number): readonly PlacedContent[] | undefined {
  const last = Buffer.alloc(Math.min(LAST_LINE_BYTES, size));
  handle.read(last, size - last.length);
  const bytes = Number(/^[0-9a-f]{64} ([0-9]{16})\n$/.exec(last.toString('latin1'))?.[1]);
  const end = size - LAST_LINE_BYTES - bytes;
  if (!(end >= 0)) return undefined;
  const table = Buffer.alloc(bytes);
  handle.read(table, end);
  if (lastLineOf(table) !== last.toString('latin1')) return undefined;
  const contents: PlacedContent[] = [];
  let position = 0;
  for (const line of table.toString('latin1').split('\n').slice(0, -1)) {
    const [digest = '', size = ''] = line.split(' ');
    if (!isDigest(digest)) return undefined;
    contents.push({ digest, size: Number(size), position });
    position += Number(size);
  }
  return position === end ? contents : undefined;
}

/** What is wrong with an unpacked file, in words; undefined where nothing is. Throws errno errors. */
export function problemOfUnpacked(files: Files, path: string): string | undefined {
  const handle = files.openRead(path);
  try {
    const contents = tableOf(handle, handle.stat().size);
    if (contents === undefined) return 'it does not end with the list of what is in it';
    for (const content of contents) {
      const { position, size } = content;
      for (const _ of verifiedChunks({ handle, position, size, shown: 'it' }, content));
    }
    return undefined;
  } catch (error) {
    if (error instanceof TbuildError) return `what lies in it is not what it was: ${error.message}`;
    throw error;
  } finally {
    handle.close();
  }
}

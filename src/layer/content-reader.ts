import { createHash, type Hash } from 'node:crypto';
import { fail } from '../errors/index.js';
import { digestOfHash } from '../oci/index.js';
import type { FileEntry } from '../tree/index.js';
import { type Chunks, isSyncChunks } from '../util/index.js';
import type { Gap } from './cut-blocks.js';

function changed({ path, size }: FileEntry, found: string): Error {
  return fail('input-changed', {
    message: `Cannot archive ${JSON.stringify(path)}: it should have ${size} bytes, but ${found}`,
    hint: 'Something wrote to it during the build. Try again when nothing does.',
    details: { path, expectedBytes: size },
  });
}

/** The content of one file, read from its beginning to its end, as its entry opens it. */
class OpenContent {
  readonly #entry: FileEntry;
  readonly #iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(entry: FileEntry) {
    const chunks: Chunks = entry.open();
    this.#entry = entry;
    this.#iterator = isSyncChunks(chunks) ? chunks[Symbol.iterator]() : chunks[Symbol.asyncIterator]();
  }

  get position(): number {
    return this.#position;
  }

  /** Goes on from where the last call ended. @throws TbuildError `input-changed` where the content ends before */
  async read(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.length; ) {
      if (this.#rest.length === 0 && !(await this.#next())) throw changed(this.#entry, `ended after ${this.#position}`);
      const piece = this.#rest.subarray(0, target.length - done);
      target.set(piece, done);
      done += piece.length;
      this.#position += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
  }

  /** @throws TbuildError `input-changed` where there is more */
  async finish(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#next())) throw changed(this.#entry, 'has more');
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #next(): Promise<boolean> {
    do {
      const result = this.#iterator.next();
      const { done, value } = result instanceof Promise ? await result : result;
      if (done === true) return false;
      this.#rest = value;
    } while (this.#rest.length === 0);
    return true;
  }
}

/** Fills gaps in the order of the tar by what their entries open. */
export class ContentReader {
  #open: { readonly entry: FileEntry; readonly content: OpenContent } | undefined;

  /** @throws TbuildError `input-changed` where the content has another size, and what opening and reading it throws */
  async fill(tar: Uint8Array, { entry, at, from, length }: Gap): Promise<void> {
    const content = await this.#contentAt(entry, from);
    await content.read(tar.subarray(at, at + length));
    if (content.position < entry.size) return;
    await content.finish();
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.content.close();
  }

  /** The content, read as far as `from`. */
  async #contentAt(entry: FileEntry, from: number): Promise<OpenContent> {
    if (this.#open?.entry === entry && this.#open.content.position === from) return this.#open.content;
    await this.close();
    const content = new OpenContent(entry);
    this.#open = { entry, content };
    const passed = new Uint8Array(Math.min(from, 1024 * 1024));
    for (let left = from; left > 0; left -= Math.min(left, passed.length)) {
      await content.read(passed.subarray(0, Math.min(left, passed.length)));
    }
    return content;
  }
}

/** Sees that files whose parts were read one by one, by several threads, are as a whole what their entries say. */
export class PartsCheck {
  #hash: Hash = createHash('sha256');

  /** A part; to be called for all parts of a file in their order. @throws TbuildError `input-changed` */
  async add(bytes: Uint8Array, { entry, from }: Pick<Gap, 'entry' | 'from'>): Promise<void> {
    if (from === 0) this.#hash = createHash('sha256');
    this.#hash.update(bytes);
    if (from + bytes.length < entry.size || digestOfHash(this.#hash) === entry.digest) return;
    // The entry itself knows best what to say of it.
    for await (const _ of entry.open());
    throw changed(entry, 'has other bytes now');
  }
}

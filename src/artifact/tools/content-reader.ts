import { createHash } from 'node:crypto';
import { fail, type SourceSpan } from '../../errors/index.js';
import { type DirectoryName, errnoOf, type FileStat, reasonOf } from '../../host/index.js';
import { type Digest, digestOfHash } from '../../oci/index.js';
import { decodeUtf8, escapeBytes } from '../../util/index.js';
import type { ArtifactContext } from '../artifact-context.js';

/** Something of this machine that a tool brings. */
export interface BroughtFile {
  /** Absolute, free of links. */
  readonly absolute: string;
  /** What it is called in a digest. */
  readonly name: string;
}

/** How much is done before anybody else gets a turn: about 20 ms of work. */
const TURN_BYTES = 32 * 1024 * 1024;
const TURN_FILES = 2_000;

const OWNER_EXECUTES = 0o100;
const ANYBODY_EXECUTES = 0o111;
const LIBRARY = /\.so(\.[0-9.]+)?$/;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Measures what tools bring, in little memory; what `lstat` shows unchanged is not read again. */
export class ContentReader {
  readonly #context: ArtifactContext;
  readonly #at: SourceSpan;
  #files = 0;
  /** Read since the last turn. */
  #bytes = 0;

  constructor(context: ArtifactContext, at: SourceSpan) {
    this.#context = context;
    this.#at = at;
  }

  /** @throws TbuildError `input-changed`, `input-missing`, `input-unreadable` */
  digestOfFile(absolute: string, stat: FileStat): Digest {
    const { digests } = this.#context;
    const before = digests.hashedBytes;
    const digest = digests.digestOf({ absolute, shown: absolute, stat, at: this.#at });
    this.#bytes += digests.hashedBytes - before;
    return digest;
  }

  /**
   * The digest of files and of directories with all that is in them: names, contents, whether the owner may execute it, where links
   * lead. In this order.
   *
   * @param onProgram called with what may be a program or a library
   * @throws TbuildError `artifact-tool` for what cannot be read; as `digestOfFile`; the reason of an interruption
   */
  async digestOfAll(brought: Iterable<BroughtFile>, onProgram: (absolute: string) => void): Promise<Digest> {
    const hash = createHash('sha256');
    for (const file of brought) {
      for (const { absolute, name, stat } of this.#walk(file)) {
        hash.update(`${JSON.stringify([name, stat.kind, this.#factOf(absolute, stat)])}\n`);
        const isProgram = (stat.mode & ANYBODY_EXECUTES) !== 0 || LIBRARY.test(absolute);
        if (stat.kind === 'file' && isProgram) onProgram(absolute);
        if (++this.#files % TURN_FILES === 0 || this.#bytes >= TURN_BYTES) await this.#turn();
      }
    }
    return digestOfHash(hash);
  }

  #factOf(absolute: string, stat: FileStat): string {
    if (stat.kind === 'file') {
      const digest = this.digestOfFile(absolute, stat);
      return (stat.mode & OWNER_EXECUTES) === 0 ? digest : `${digest} executable`;
    }
    if (stat.kind !== 'symlink') return '';
    return escapeBytes(this.#reading(absolute, () => this.#context.host.files.readLink(absolute)));
  }

  *#walk({ absolute, name }: BroughtFile): Generator<BroughtFile & { readonly stat: FileStat }> {
    const { files } = this.#context.host;
    const stat = this.#reading(absolute, () => files.lstat(absolute));
    if (stat === undefined) throw this.#unreadable(absolute, 'it disappeared while it was read');
    yield { absolute, name, stat };
    if (stat.kind !== 'directory') return;
    const names = this.#reading(absolute, () => files.readDirectory(absolute));
    for (const child of [...names].sort((a, b) => Buffer.compare(a.bytes, b.bytes))) {
      const text = this.#textOf(child, absolute);
      yield* this.#walk({ absolute: `${absolute}/${text}`, name: `${name}/${text}` });
    }
  }

  #textOf({ bytes }: DirectoryName, directory: string): string {
    const text = decodeUtf8(bytes);
    if (text !== undefined) return text;
    throw this.#unreadable(directory, `the name "${escapeBytes(bytes)}" in it is not UTF-8`);
  }

  #reading<T>(absolute: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      throw this.#unreadable(absolute, reasonOf(error));
    }
  }

  #unreadable(absolute: string, why: string): Error {
    const message = `A tool needs ${JSON.stringify(absolute)}, which cannot be read: ${why}`;
    return fail('artifact-tool', { message, at: this.#at, details: { path: absolute } });
  }

  async #turn(): Promise<void> {
    const { host, progress } = this.#context;
    if (this.#bytes > 0) progress?.(this.#bytes);
    this.#bytes = 0;
    await nextTurn();
    host.interruption.throwIfAborted();
  }
}

import { errnoOf, type WriteHandle } from '../host/index.js';
import { cacheFailed } from '../store/index.js';
import type { ArtifactContext } from './artifact-context.js';

/** trust.md, "Limits": a longer line is cut there. */
const LINE_BYTES_MAX = 64 * 1024;
/** How many lines an error shows. */
const TAIL_LINES = 20;
/** How much of a line an error shows. */
const TAIL_CHARACTERS = 500;

const NEWLINE = 0x0a;

/** Colours and the like, and control characters: a log must not steer the terminal that shows an error. */
const CONTROLS = /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** What a command writes: bounds its lines, puts them into a file, and keeps the last ones. */
export class CommandLog {
  readonly #file: WriteHandle;
  readonly #explain: (error: unknown) => Error;
  #bytes = 0;
  #tail: Uint8Array[] = [];
  #line: Uint8Array[] = [];
  #lineBytes = 0;

  /**
   * @param path absolute; must not exist
   * @throws TbuildError `cache-failed`
   */
  constructor(path: string, { host, store }: ArtifactContext) {
    this.#explain = (error) => (errnoOf(error) === undefined ? (error as Error) : cacheFailed(store.directory)(error));
    this.#file = this.#inFile(() => host.files.createFile(path));
  }

  /** How much was written in all, with what was beyond the limit of a line. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes a chunk and returns what of it is within the limit of its line.
   * @throws TbuildError `cache-failed`
   */
  push(chunk: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = [];
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      const piece = chunk.slice(start, Math.min(end, start + LINE_BYTES_MAX - this.#lineBytes));
      this.#line.push(piece);
      this.#lineBytes += piece.length;
      kept.push(piece);
      if (newline >= 0) {
        kept.push(chunk.subarray(newline, newline + 1));
        this.#endLine();
      }
      start = end + 1;
    }
    const bounded = Buffer.concat(kept);
    this.#bytes += chunk.length;
    this.#inFile(() => this.#file.write(bounded));
    return bounded;
  }

  /** Ends the file. To be called once. */
  close(): void {
    this.#file.close();
  }

  /** The last lines for people. */
  get tail(): readonly string[] {
    const lines = this.#lineBytes > 0 ? [...this.#tail, Buffer.concat(this.#line)] : this.#tail;
    return lines.slice(-TAIL_LINES).map((line) => {
      const text = Buffer.from(line).toString('utf8').replace(CONTROLS, '');
      return text.length > TAIL_CHARACTERS ? `${text.slice(0, TAIL_CHARACTERS)}…` : text;
    });
  }

  #endLine(): void {
    this.#tail.push(Buffer.concat(this.#line));
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.#line = [];
    this.#lineBytes = 0;
  }

  #inFile<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#explain(error);
    }
  }
}

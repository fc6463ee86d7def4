import { resolve } from 'node:path';
import { fail } from '../errors/index.js';
import { type Host, reasonOf } from '../host/index.js';
import type { BuildEvent, OperationOptions } from '../operations/index.js';
import { type GlobalOptions, networkOptions } from './global-options.js';
import type { HostChoice, Io } from './io.js';
import type { Operations } from './operations.js';
import { Output } from './output.js';
import { openProgress } from './progress/open-progress.js';
import type { Progress } from './progress/progress.js';
import { renderAuthNote } from './render/auth-note.js';
import { Warnings } from './warnings.js';

const INPUT_LIMIT_BYTES = 64 * 1024;

export type Work<T> = (operations: Operations, host: Host, options: OperationOptions) => Promise<T>;

/** What a command works with: the wishes of the user, where its output goes, and a way to run an operation. */
export class Context {
  readonly output: Output;
  readonly isVerbose: boolean;
  readonly #io: Io;
  readonly #options: GlobalOptions;
  readonly #warnings = new Warnings();
  #areWarningsFramed = false;
  /** Of the operation that runs, as long as it may be drawn. */
  #progress: Progress | undefined;

  /** @throws TbuildError `usage` where `-C` names no directory */
  constructor(io: Io, options: GlobalOptions) {
    const { json = false, quiet = false, verbose = false, color } = options;
    this.#io = io;
    this.#options = options;
    const warningsBeside = (document: unknown) => this.#warnings.beside(document);
    this.output = new Output(io, { json, quiet, color, warningsBeside });
    this.isVerbose = verbose;
    if (options.directory !== undefined) enterDirectory(io, options.directory);
  }

  loadOperations(): Promise<Operations> {
    return this.#io.loadOperations();
  }

  /**
   * What standard input holds, which must be small.
   * @throws TbuildError `usage`
   */
  async readInput(): Promise<Uint8Array> {
    try {
      return await this.#io.readInput(INPUT_LIMIT_BYTES);
    } catch (error) {
      const reason = error instanceof RangeError ? error.message : reasonOf(error);
      throw fail('usage', { message: `Cannot read standard input: ${reason}`, cause: error });
    }
  }

  /** Runs an operation with its progress on the screen, on this machine or on one that looks different. */
  async operate<T>(work: Work<T>, machine: 'as it is' | 'varied' = 'as it is'): Promise<T> {
    const { jobs, cache, quiet, json, debugAuth = false } = this.#options;
    const operations = await this.#io.loadOperations();
    const choice: HostChoice = machine === 'varied' ? { jobs, variation: this.#io.variation() } : { jobs };
    const host = this.#io.openHost(choice);
    const progress = openProgress(this.#io, { wanted: !quiet && !json, paint: this.output.paint });
    const report = (event: BuildEvent): void => {
      this.#warnings.noteEvent(event);
      if (event.kind === 'auth-note' && debugAuth) progress.print([renderAuthNote(event.message)]);
      if (this.#progress === progress) progress.report(event);
    };
    this.#progress = progress;
    const place = cache === undefined ? {} : { cacheDirectory: resolve(this.#io.workingDirectory, cache) };
    const network = networkOptions(this.#options);
    try {
      const result = await work(operations, host, { ...place, ...(network && { network }), report });
      this.#warnings.noteResult(result);
      return result;
    } finally {
      progress.end();
      this.#progress = undefined;
    }
  }

  /**
   * Hands on what a container writes. From then on the streams are the container's, and no progress is drawn.
   * @throws TbuildError `interrupted` by SIGPIPE where it arrives nowhere any more, which would end the program itself
   */
  passOn(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    this.#progress?.end();
    this.#progress = undefined;
    if (this.output.passOn(chunk, stream)) return;
    throw fail('interrupted', { message: 'Nobody reads the output any more', details: { signal: 'SIGPIPE' } });
  }

  /** Warnings are about lines of a file that the user is to look at, and show them. */
  frameWarnings(): void {
    this.#areWarningsFramed = true;
  }

  /** Tells the warnings of all operations. They come last, where they are seen. */
  tellWarnings(): void {
    const { columns } = this.#io.stderr;
    this.output.warn(this.#areWarningsFramed ? this.#warnings.renderFramed(columns) : this.#warnings.render());
  }
}

function enterDirectory(io: Io, directory: string): void {
  try {
    io.changeDirectory(directory);
  } catch (error) {
    throw fail('usage', { message: `Cannot work in ${JSON.stringify(directory)}: ${reasonOf(error)}`, cause: error });
  }
}

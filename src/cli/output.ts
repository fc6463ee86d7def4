import type { Io, OutputStream } from './io.js';
import { renderJson } from './render/json.js';
import { hasColour, paintWith } from './render/paint.js';
import type { Text } from './render/text.js';
import type { Warning } from './render/warning.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** What a document is to carry besides the warnings that it has. */
  readonly warningsBeside?: (document: unknown) => readonly Warning[];
}

/** Where results and everything else go: results to standard output, everything for people to standard error. */
export class Output {
  readonly #io: Io;
  readonly #options: OutputOptions;
  #hasDocument = false;

  constructor(io: Io, options: OutputOptions) {
    this.#io = io;
    this.#options = options;
  }

  get isJson(): boolean {
    return this.#options.json;
  }

  get isQuiet(): boolean {
    return this.#options.quiet;
  }

  /** Width of the terminal that results go to; undefined where they go somewhere else. */
  get columns(): number | undefined {
    return this.#io.stdout.isTerminal ? this.#io.stdout.columns : undefined;
  }

  /** A line as standard error shows it, without a line end. */
  readonly paint = (line: Text): string => line.render(paintWith(hasColour(this.#io.stderr, this.#io, this.#options)));

  /** The result for people. */
  result(lines: readonly Text[]): void {
    this.#write(this.#io.stdout, lines);
  }

  /** The result for programs; where there were warnings, they are its `warnings`. */
  document(value: unknown): void {
    const more = this.#options.warningsBeside?.(value) ?? [];
    const own = value as { readonly warnings?: readonly Warning[] };
    const whole = more.length === 0 ? value : { ...own, warnings: [...(own.warnings ?? []), ...more] };
    this.#io.stdout.write(renderJson(whole));
    this.#hasDocument = true;
  }

  /** The text of a file, as it is: it holds nothing that a terminal would act on. */
  file(text: string): void {
    this.#io.stdout.write(text);
  }

  /** What another program writes, byte for byte. False where it arrives nowhere any more. */
  passOn(chunk: Uint8Array, stream: 'stdout' | 'stderr'): boolean {
    this.#io[stream].write(chunk);
    return !this.#io[stream].isBroken;
  }

  /** Something that is good to know; left out by `--quiet` and `--json`. */
  tell(lines: readonly Text[]): void {
    if (!this.isQuiet && !this.isJson) this.complain(lines);
  }

  /** Warnings; left out by `--quiet`, and by `--json` where a document has them. */
  warn(lines: readonly Text[]): void {
    if (!this.isQuiet && !(this.isJson && this.#hasDocument)) this.complain(lines);
  }

  /** Something that must be seen. */
  complain(lines: readonly Text[]): void {
    this.#write(this.#io.stderr, lines);
  }

  #write(stream: OutputStream, lines: readonly Text[]): void {
    if (lines.length === 0) return;
    const paint = paintWith(hasColour(stream, this.#io, this.#options));
    stream.write(lines.map((line) => `${line.render(paint).trimEnd()}\n`).join(''));
  }
}

import type { BuildEvent } from '../../operations/index.js';
import type { Text } from '../render/text.js';

/** What draws progress. Warnings are not its business: they are told when the work is over. */
export interface Progress {
  report(event: BuildEvent): void;
  /** Puts lines where they stay, above what is only for the time of the work. */
  print(lines: readonly Text[]): void;
  /** Takes away what is only for the time of the work. Safe to call twice. */
  end(): void;
}

/** What a renderer of progress may use. */
export interface ProgressScreen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** One line as the stream shows it, with or without colour; without a line end. */
  paint(line: Text): string;
  monotonic(): number;
  every(intervalMs: number, tick: () => void): () => void;
}

/** For `--quiet` and `--json`: only what was asked for. */
export class NoProgress implements Progress {
  readonly #screen: Pick<ProgressScreen, 'write' | 'paint'>;

  constructor(screen: Pick<ProgressScreen, 'write' | 'paint'>) {
    this.#screen = screen;
  }

  report(): void {}

  print(lines: readonly Text[]): void {
    this.#screen.write(lines.map((line) => `${this.#screen.paint(line)}\n`).join(''));
  }

  end(): void {}
}

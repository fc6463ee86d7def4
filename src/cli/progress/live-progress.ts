import type { BuildEvent } from '../../operations/index.js';
import { cyan, dim, joinText, type Text, text } from '../render/text.js';
import { type ActiveStep, ActiveSteps } from './active-steps.js';
import { ArtifactLines } from './artifact-lines.js';
import type { Progress, ProgressScreen } from './progress.js';
import { renderDone } from './render-step.js';

const REDRAW_MS = 80;
/** Work that is over sooner draws nothing, so that nothing flickers. */
const SHOW_AFTER_MS = 200;
const MAX_STEPS = 8;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Cursor to the first of the lines drawn, and everything from there on erased (ECMA-48 CUU, CR, ED). */
const eraseLines = (count: number): string => (count === 0 ? '' : `\x1b[${count}A\r\x1b[J`);

/** Progress on a terminal: a line for every step that runs, redrawn in place, gone at the end. */
export class LiveProgress implements Progress {
  readonly #screen: ProgressScreen;
  readonly #steps = new ActiveSteps();
  readonly #lines = new ArtifactLines();
  readonly #stop: () => void;
  readonly #startedMs: number;
  #drawn = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(screen: ProgressScreen) {
    this.#screen = screen;
    this.#startedMs = screen.monotonic();
    this.#stop = screen.every(REDRAW_MS, () => this.#draw([]));
  }

  report(event: BuildEvent): void {
    const now = this.#screen.monotonic();
    this.#steps.apply(event, now);
    const output = event.kind === 'artifact-output' ? this.#lines.push(event) : [];
    if (output.length > 0 || now - this.#drawnMs >= REDRAW_MS) this.#draw(output);
  }

  print(lines: readonly Text[]): void {
    this.#draw(lines);
  }

  end(): void {
    this.#stop();
    this.#write(this.#lines.flush(), []);
  }

  /** Puts `above` where it stays, and the running steps below it. */
  #draw(above: readonly Text[]): void {
    const now = this.#screen.monotonic();
    this.#drawnMs = now;
    const steps = [...this.#steps.all.values()].filter((step) => now - step.startedMs >= SHOW_AFTER_MS);
    const room = Math.max(1, Math.min(MAX_STEPS, this.#screen.rows - 2));
    const shown = steps.length > room ? steps.slice(0, room - 1) : steps;
    const live = shown.map((step) => this.#line(step, now));
    if (shown.length < steps.length) live.push(dim(`  … and ${steps.length - shown.length} more`));
    this.#write(above, live);
  }

  #line(step: ActiveStep, now: number): Text {
    const frame = SPINNER[Math.floor((now - this.#startedMs) / REDRAW_MS) % SPINNER.length]!;
    const done = joinText(renderDone(step, now), '  ');
    // A line in the last column would wrap, and the count of lines to erase would be wrong.
    return text`${cyan(frame)} ${step.title}  ${dim(done)}`.truncate(this.#screen.columns - 1);
  }

  #write(above: readonly Text[], live: readonly Text[]): void {
    if (this.#drawn === 0 && above.length === 0 && live.length === 0) return;
    const lines = [...above, ...live].map((line) => `${this.#screen.paint(line)}\n`);
    this.#screen.write(`${eraseLines(this.#drawn)}${lines.join('')}`);
    this.#drawn = live.length;
  }
}

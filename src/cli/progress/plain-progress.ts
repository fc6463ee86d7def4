import type { BuildEvent } from '../../operations/index.js';
import { renderDuration } from '../render/numbers.js';
import { dim, joinText, type Text, text } from '../render/text.js';
import { type ActiveStep, ActiveSteps } from './active-steps.js';
import { ArtifactLines } from './artifact-lines.js';
import type { Progress, ProgressScreen } from './progress.js';
import { renderDone } from './render-step.js';

/** A step that is over sooner is not worth a line. */
const ANNOUNCE_AFTER_MS = 1_000;
const REPEAT_AFTER_MS = 10_000;
const TICK_MS = 500;

/** Progress as lines, for logs: a step that takes a while gets one at its beginning, one every ten seconds, and one at its end. */
export class PlainProgress implements Progress {
  readonly #screen: ProgressScreen;
  readonly #steps = new ActiveSteps();
  readonly #lines = new ArtifactLines();
  /** Step → when it last got a line. */
  readonly #toldMs = new Map<number, number>();
  readonly #stop: () => void;

  constructor(screen: ProgressScreen) {
    this.#screen = screen;
    this.#stop = screen.every(TICK_MS, () => this.#tick());
  }

  report(event: BuildEvent): void {
    if (event.kind === 'artifact-output') this.print(this.#lines.push(event));
    const step = this.#steps.apply(event, this.#screen.monotonic());
    if (event.kind === 'step-ended' && step !== undefined) this.#end(event, step);
    else this.#tick(); // work without pauses leaves the timer no turn
  }

  print(lines: readonly Text[]): void {
    if (lines.length > 0) this.#screen.write(lines.map((line) => `${this.#screen.paint(line)}\n`).join(''));
  }

  end(): void {
    this.#stop();
    this.print(this.#lines.flush());
  }

  #end({ id, outcome }: BuildEvent & { kind: 'step-ended' }, step: ActiveStep): void {
    if (!this.#toldMs.delete(id)) return;
    const duration = renderDuration(this.#screen.monotonic() - step.startedMs);
    this.print([text`${step.title}: ${outcome} ${dim(`after ${duration}`)}`]);
  }

  #tick(): void {
    const now = this.#screen.monotonic();
    for (const [id, step] of this.#steps.all) {
      const told = this.#toldMs.get(id);
      const isDue = told === undefined ? now - step.startedMs >= ANNOUNCE_AFTER_MS : now - told >= REPEAT_AFTER_MS;
      if (!isDue) continue;
      this.#toldMs.set(id, now);
      const done = told === undefined ? [] : renderDone(step, now);
      this.print([done.length === 0 ? text`${step.title} …` : text`${step.title}: ${joinText(done, ', ')}`]);
    }
  }
}

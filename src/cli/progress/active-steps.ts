import type { BuildEvent } from '../../operations/index.js';

/** A step that runs. */
export interface ActiveStep {
  readonly title: string;
  readonly startedMs: number;
  readonly totalBytes: number | undefined;
  readonly totalFiles: number | undefined;
  /** What `files` are. */
  readonly unit: 'file' | 'blob';
  readonly bytes: number;
  readonly files: number;
}

/** The steps that run now, in the order in which they began. */
export class ActiveSteps {
  readonly #steps = new Map<number, ActiveStep>();

  get all(): ReadonlyMap<number, ActiveStep> {
    return this.#steps;
  }

  /** Takes an event over. Returns the step it is about; for an ended one, as it was at the end. */
  apply(event: BuildEvent, nowMs: number): ActiveStep | undefined {
    switch (event.kind) {
      case 'step-started': {
        const { title, totalBytes, totalFiles, unit = 'file' } = event;
        return this.#set(event.id, { title, startedMs: nowMs, totalBytes, totalFiles, unit, bytes: 0, files: 0 });
      }
      case 'step-progress': {
        const step = this.#steps.get(event.id);
        if (step === undefined) return undefined;
        return this.#set(event.id, { ...step, bytes: event.bytes, files: event.files });
      }
      case 'step-ended': {
        const step = this.#steps.get(event.id);
        this.#steps.delete(event.id);
        return step;
      }
      default:
        return undefined;
    }
  }

  #set(id: number, step: ActiveStep): ActiveStep {
    this.#steps.set(id, step);
    return step;
  }
}

import type { Report } from './events.js';

/** A piece of work that shows progress. */
export interface Step {
  /** Adds to what is done. */
  advance(bytes: number, files: number): void;
  end(outcome: 'done' | 'cached' | 'failed'): void;
}

export interface StepTotals {
  readonly totalBytes?: number;
  readonly totalFiles?: number;
  /** What `files` are. */
  readonly unit?: 'blob';
}

/** Numbers the steps of one run and turns them into events. */
export class Steps {
  readonly report: Report;
  #next = 1;

  constructor(report: Report | undefined) {
    this.report = report ?? (() => undefined);
  }

  start(title: string, totals: StepTotals = {}): Step {
    const id = this.#next++;
    let bytes = 0;
    let files = 0;
    this.report({ kind: 'step-started', id, title, ...totals });
    return {
      advance: (moreBytes, moreFiles) => {
        bytes += moreBytes;
        files += moreFiles;
        this.report({ kind: 'step-progress', id, bytes, files });
      },
      end: (outcome) => this.report({ kind: 'step-ended', id, outcome }),
    };
  }

  /** Runs the work as one step; it ends as `failed` where the work throws. */
  async run<T>(title: string, work: (step: Step) => Promise<T> | T, totals?: StepTotals): Promise<T> {
    const step = this.start(title, totals);
    try {
      const result = await work(step);
      step.end('done');
      return result;
    } catch (error) {
      step.end('failed');
      throw error;
    }
  }
}

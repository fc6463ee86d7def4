import type { BuildEvent } from '../operations/index.js';
import type { Text } from './render/text.js';
import { renderWarning, type Warning } from './render/warning.js';

/** A result that brings its own warnings: a plan, or what holds one. */
function warningsOf(result: unknown): readonly Warning[] {
  const { warnings, plan } = (result ?? {}) as { warnings?: readonly Warning[]; plan?: unknown };
  return warnings ?? (plan === undefined ? [] : warningsOf(plan));
}

/** The warnings of a run, each once: an operation may report one while it works and repeat it in its result. */
export class Warnings {
  readonly #warnings = new Map<string, Warning>();

  note(warning: Warning): void {
    const { message, at } = warning;
    this.#warnings.set(JSON.stringify([message, at?.file, at?.line]), warning);
  }

  noteEvent(event: BuildEvent): void {
    if (event.kind === 'warning') this.note(event);
  }

  noteResult(result: unknown): void {
    for (const warning of warningsOf(result)) this.note(warning);
  }

  render(): Text[] {
    return [...this.#warnings.values()].map((warning) => renderWarning(warning));
  }
}

import type { BuildEvent } from '../operations/index.js';
import type { Text } from './render/text.js';
import { renderFramedWarning, renderWarning, type Warning } from './render/warning.js';

/** A result that brings its own warnings: a plan, or what holds one. */
function warningsOf(result: unknown): readonly Warning[] {
  const { warnings, plan } = (result ?? {}) as { warnings?: readonly Warning[]; plan?: unknown };
  return warnings ?? (plan === undefined ? [] : warningsOf(plan));
}

const keyOf = ({ message, at }: Warning): string => JSON.stringify([message, at?.file, at?.line]);

/** The warnings of a run, each once: an operation may report one while it works and repeat it in its result. */
export class Warnings {
  readonly #warnings = new Map<string, Warning>();
  readonly #inResults = new Set<string>();

  note(warning: Warning): void {
    this.#warnings.set(keyOf(warning), warning);
  }

  noteEvent(event: BuildEvent): void {
    if (event.kind !== 'warning') return;
    const { kind: _, ...warning } = event;
    this.note(warning);
  }

  noteResult(result: unknown): void {
    for (const warning of warningsOf(result)) {
      this.note(warning);
      this.#inResults.add(keyOf(warning));
    }
  }

  /** Those that no result brings: what registries warn of, for one. */
  get others(): readonly Warning[] {
    return [...this.#warnings.values()].filter((warning) => !this.#inResults.has(keyOf(warning)));
  }

  render(): Text[] {
    return [...this.#warnings.values()].map((warning) => renderWarning(warning));
  }

  /** With the lines of the files that they are about, for a terminal of so many columns. */
  renderFramed(columns: number): Text[] {
    return [...this.#warnings.values()].flatMap((warning) => renderFramedWarning(warning, columns));
  }
}

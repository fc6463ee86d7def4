import type { BuildEvent } from '../operations/index.js';
import type { Text } from './render/text.js';
import { renderFramedWarning, renderWarning, type Warning } from './render/warning.js';

/** What may bring warnings: a plan, what holds one, or several of these. */
interface Holder {
  readonly warnings?: readonly Warning[];
  readonly plan?: Holder;
  readonly result?: Holder;
  readonly images?: readonly Holder[];
}

function warningsOf({ warnings, plan, result, images = [] }: Holder): readonly Warning[] {
  const parts = [plan, result, ...images].filter((part) => typeof part === 'object' && part !== null);
  return warnings ?? parts.flatMap((part) => warningsOf(part));
}

function warningsIn(document: unknown): readonly Warning[] {
  return typeof document === 'object' && document !== null ? warningsOf(document) : [];
}

const keyOf = ({ message, at }: Warning): string => JSON.stringify([message, at?.file, at?.line]);

/** The warnings of a run, each once: an operation may report one while it works and repeat it in its result. */
export class Warnings {
  readonly #warnings = new Map<string, Warning>();

  note(warning: Warning): void {
    this.#warnings.set(keyOf(warning), warning);
  }

  noteEvent(event: BuildEvent): void {
    if (event.kind !== 'warning') return;
    const { kind: _, ...warning } = event;
    this.note(warning);
  }

  noteResult(result: unknown): void {
    for (const warning of warningsIn(result)) this.note(warning);
  }

  /** Those that a document does not bring by itself: what registries warn of, for one. */
  beside(document: unknown): readonly Warning[] {
    const own = new Set(warningsIn(document).map((warning) => keyOf(warning)));
    return [...this.#warnings].filter(([key]) => !own.has(key)).map(([, warning]) => warning);
  }

  render(): Text[] {
    return [...this.#warnings.values()].map((warning) => renderWarning(warning));
  }

  /** With the lines of the files that they are about, for a terminal of so many columns. */
  renderFramed(columns: number): Text[] {
    return [...this.#warnings.values()].flatMap((warning) => renderFramedWarning(warning, columns));
  }
}

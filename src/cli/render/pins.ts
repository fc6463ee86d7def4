import { isDigest, shortDigest } from '../../oci/index.js';
import type { Plan } from '../../plan/index.js';
import { limited, renderHidden } from './limit.js';
import { SYMBOLS } from './plan-changes.js';
import { renderRows } from './table.js';
import { bold, dim, joinText, type Text, text } from './text.js';

export type PinChange = Plan['pins'][number];

export interface PinView {
  /** Shows every pin, and whole digests. */
  readonly verbose: boolean;
  /** Width of the terminal; absent where no line is too long. */
  readonly columns?: number | undefined;
}

const INDENT = '  ';

function renderPin(pin: string | null, { verbose }: PinView): string | undefined {
  if (pin === null) return undefined;
  return isDigest(pin) && !verbose ? shortDigest(pin) : pin;
}

function pinRow({ change, what, platform, before, after }: PinChange, view: PinView): Text[] {
  const pins = [renderPin(before, view), renderPin(after, view)].filter((pin) => pin !== undefined);
  const row = [text`${SYMBOLS[change]} ${what}`, joinText(pins, ' → ')];
  return platform === undefined ? row : [...row, dim(platform)];
}

/** A line for each pin that was added, moved or dropped: `~ package libc6  2.36-9 → 2.36-10  linux/amd64`. */
export function renderPins(changes: readonly PinChange[], view: PinView): Text[] {
  return renderRows(
    changes.map((change) => pinRow(change, view)),
    view.columns ?? Number.POSITIVE_INFINITY,
  );
}

/** What plan and apply pinned on the way; nothing where all pins were there. */
export function renderPinned({ pins, file }: Pick<Plan, 'pins' | 'file'>, view: PinView): Text[] {
  if (pins.length === 0) return [];
  const { shown, hidden } = limited(pins, view.verbose);
  const columns = view.columns === undefined ? undefined : view.columns - INDENT.length;
  const lines = renderPins(shown, { ...view, columns }).map((line) => text`${INDENT}${line}`);
  const more = hidden === 0 ? [] : [text`${INDENT}${renderHidden(hidden)}`];
  return [bold('Pinned:'), ...lines, ...more, text`The lock beside ${file} was written: commit it.`];
}

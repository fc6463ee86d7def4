import type { Json } from '../../oci/index.js';
import { shortDigest } from '../../oci/index.js';
import type { ChangeKind, ConfigChange, EntryChange, EntrySide, LayerPlan } from '../../plan/index.js';
import { renderCause, renderPlace } from './cause.js';
import { renderSize } from './numbers.js';
import { dim, green, red, Text, text, yellow } from './text.js';

/** Changes of one layer, or of the config, that are shown unless everything is asked for. */
const LIMIT = 10;
const VALUE_COLUMNS = 60;

export const SYMBOLS: Readonly<Record<ChangeKind | 'same' | 'unknown', Text>> = {
  added: green('+'),
  changed: yellow('~'),
  removed: red('-'),
  same: dim('='),
  unknown: yellow('?'),
};

/** What is shown of changes, and how many lines are left out. */
export function limited<T>(changes: readonly T[], verbose: boolean): { readonly shown: readonly T[]; hidden: number } {
  if (verbose || changes.length <= LIMIT + 1) return { shown: changes, hidden: 0 };
  return { shown: changes.slice(0, LIMIT), hidden: changes.length - LIMIT };
}

export function renderHidden(hidden: number): Text {
  return dim(`… and ${hidden} more (--verbose or --json shows all)`);
}

function content(side: EntrySide): string {
  if (side.digest === undefined) return side.kind;
  return shortDigest(side.digest);
}

const ASPECTS: Readonly<Record<string, (side: EntrySide) => string>> = {
  content,
  kind: (side) => side.kind,
  mode: (side) => side.mode,
  owner: (side) => side.owner,
  target: (side) => side.target ?? '',
};

/** What does not say by itself what it is. */
const NAMED = new Set(['mode', 'owner', 'target']);

/** What is different: `sha256:… → sha256:…, mode 0644 → 0755`. */
function renderDetail({ change, before, after, differs }: EntryChange): Text | undefined {
  if (change === 'added') {
    if (after?.target !== undefined) return text`-> ${after.target}`;
    return after?.sizeBytes === undefined ? undefined : Text.of(renderSize(after.sizeBytes));
  }
  if (change === 'removed' || before === undefined || after === undefined) return undefined;
  const aspects = differs.includes('kind') ? ['kind'] : differs;
  const parts = aspects.map((aspect) => {
    const show = ASPECTS[aspect];
    if (show === undefined) return aspect;
    const name = NAMED.has(aspect) ? `${aspect} ` : '';
    return `${name}${show(before)} → ${show(after)}`;
  });
  return parts.length === 0 ? undefined : Text.of(parts.join(', '));
}

/** One row per changed entry: symbol and path, what differs, why. */
export function changeRows(layer: LayerPlan, verbose: boolean): { readonly rows: Text[][]; readonly hidden: number } {
  const { shown, hidden } = limited(layer.changes, verbose);
  const rows = shown.map((change) => {
    const detail = renderDetail(change);
    const path = text`${SYMBOLS[change.change]} ${change.path}`;
    return [path, ...(detail === undefined ? [] : [detail]), renderCause(change.cause)];
  });
  return { rows, hidden };
}

/** Ports and volumes are names without a value. */
function renderValue(value: Json): Text {
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return Text.of();
  return Text.of(JSON.stringify(value)).truncate(VALUE_COLUMNS);
}

/** `env.PORT "8080" → "9090"  image.yaml:52`. The place says it all where there is one: the field is named already. */
export function configRow({ change, field, before, after, cause }: ConfigChange): Text[] {
  const why = cause.at === undefined ? renderCause(cause) : renderPlace(cause.at);
  if (change === 'added') return [text`${SYMBOLS.added} config`, text`${field} ${renderValue(after)}`, why];
  if (change === 'removed') return [text`${SYMBOLS.removed} config`, text`${field} ${renderValue(before)}`, why];
  return [text`${SYMBOLS.changed} config`, text`${field} ${renderValue(before)} → ${renderValue(after)}`, why];
}

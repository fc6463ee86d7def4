import type { Json } from '../../oci/index.js';
import { shortDigest } from '../../oci/index.js';
import type { ChangeKind, ConfigChange, EntryChange, EntrySide, LayerPlan } from '../../plan/index.js';
import { compareUtf8 } from '../../util/index.js';
import { renderCause, renderPlace } from './cause.js';
import { type FindingsView, renderFindings } from './findings.js';
import { limited, renderHidden } from './limit.js';
import { renderSize } from './numbers.js';
import { renderRowsApart } from './table.js';
import { dim, green, red, Text, text, yellow } from './text.js';

const VALUE_COLUMNS = 60;
const FINDING_INDENT = '    ';

export const SYMBOLS: Readonly<Record<ChangeKind | 'same' | 'unknown', Text>> = {
  added: green('+'),
  changed: yellow('~'),
  removed: red('-'),
  same: dim('='),
  unknown: yellow('?'),
};

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
  device: (side) => side.device ?? '',
};

/** What does not say by itself what it is. */
const NAMED = new Set(['mode', 'owner', 'target', 'device']);

/** Names of the extended attributes that differ: `xattrs security.capability`. */
function renderXattrs({ xattrs: before = {} }: EntrySide, { xattrs: after = {} }: EntrySide): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareUtf8);
  return ['xattrs', names.filter((name) => before[name] !== after[name]).join(', ')].join(' ').trimEnd();
}

/** What is different: `sha256:… → sha256:…, mode 0644 → 0755`. */
function renderDetail({ change, before, after, differs }: EntryChange): Text | undefined {
  if (change === 'added') {
    if (after?.target !== undefined) return text`-> ${after.target}`;
    return after?.sizeBytes === undefined ? undefined : Text.of(renderSize(after.sizeBytes));
  }
  if (change === 'removed' || before === undefined || after === undefined) return undefined;
  const aspects = differs.includes('kind') ? ['kind'] : differs;
  const parts = aspects.map((aspect) => {
    if (aspect === 'xattrs') return renderXattrs(before, after);
    const show = ASPECTS[aspect];
    if (show === undefined) return aspect;
    const name = NAMED.has(aspect) ? `${aspect} ` : '';
    return `${name}${show(before)} → ${show(after)}`;
  });
  return parts.length === 0 ? undefined : Text.of(parts.join(', '));
}

/** Of each changed entry symbol and path, what differs, why; and below it what differs inside the file. */
export function renderChangedEntries(layer: LayerPlan, view: FindingsView): Text[] {
  const { shown, hidden } = limited(layer.changes, view.verbose);
  const rows = shown.map((change) => {
    const detail = renderDetail(change);
    const path = text`${SYMBOLS[change.change]} ${change.path}`;
    return [path, ...(detail === undefined ? [] : [detail]), renderCause(change.cause)];
  });
  const { columns = Number.POSITIVE_INFINITY } = view;
  const inside = { ...view, columns: columns - FINDING_INDENT.length };
  const lines = renderRowsApart(rows, columns).flatMap((row, i) => [
    ...row,
    ...renderFindings(shown[i]!.findings, { ...inside, above: shown[i]!.cause.text }).map(
      (line) => text`${FINDING_INDENT}${line}`,
    ),
  ]);
  return hidden === 0 ? lines : [...lines, renderHidden(hidden)];
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

import { type Digest, shortDigest } from '../../oci/index.js';
import type { BasePlan, LayerPlan, PlatformPlan, RemovedBase, RemovedPlatform } from '../../plan/index.js';
import { renderCause, renderPlace } from './cause.js';
import { limited, renderHidden } from './limit.js';
import { counted, renderSize } from './numbers.js';
import { artifactRow, renderInputs } from './plan-artifact.js';
import { configRow, renderChangedEntries, SYMBOLS } from './plan-changes.js';
import { renderRows, renderTable } from './table.js';
import { bold, dim, joinText, red, Text, text, yellow } from './text.js';

const INDENT = '  ';
const CHANGE_INDENT = '      ';
export interface PlanView {
  /** Shows everything. */
  readonly verbose: boolean;
  /** Width of the terminal; absent where the plan goes somewhere else, and no line is too long. */
  readonly columns?: number | undefined;
  /** Also says why everything is in the image that nobody named. */
  readonly explain?: boolean;
}

/** A longer name does not push the columns of the others. */
const NAME_COLUMNS = 40;

function renderDigest(digest: Digest | null): Text {
  return digest === null ? yellow('known after apply') : Text.of(shortDigest(digest));
}

function columnsLeft({ columns = Number.POSITIVE_INFINITY }: PlanView, indent: string): number {
  return columns - indent.length;
}

function renderTitle(name: string, { platform, digest, previousDigest }: PlatformPlan): Text {
  const title = text`${bold(name)}  ${platform}  `;
  if (digest !== null && digest === previousDigest) return text`${title} ${renderDigest(digest)} unchanged`;
  const before = previousDigest === null ? dim('new') : renderDigest(previousDigest);
  return text`${title} ${before} → ${renderDigest(digest)}`;
}

function removedBaseRow({ reference, digest }: RemovedBase): Text[] {
  return [text`${SYMBOLS.removed} base`, text`${reference}  ${shortDigest(digest)}  no longer in the manifest`];
}

function baseRow({ reference, digest, previousDigest, layers, sizeBytes }: BasePlan): Text[] {
  const moved = previousDigest !== null && previousDigest !== digest;
  const symbol = previousDigest === null ? SYMBOLS.added : moved ? SYMBOLS.changed : SYMBOLS.same;
  const digests = moved ? text`${shortDigest(previousDigest)} → ${renderDigest(digest)}` : renderDigest(digest);
  const size = digest === null ? '' : `  ${counted(layers, 'layer')}, ${renderSize(sizeBytes)}`;
  return [text`${symbol} base`, text`${reference}  ${digests}${size}`];
}

/** `1 changed, 1 added`. */
function countChanges(layer: LayerPlan): string {
  return (['changed', 'added', 'removed'] as const)
    .map((kind) => ({ kind, count: layer.changes.filter(({ change }) => change === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ');
}

function layerNote(layer: LayerPlan): Text {
  const { status, cached, changes, cause } = layer;
  if (status === 'same') return dim(cached ? 'cached' : 'unchanged');
  if (changes.length > 0) return Text.of(countChanges(layer));
  // That nothing was there, or that the layer is new in the manifest, is the same news.
  if (status === 'added') return cause?.at === undefined ? Text.of('new') : text`new  ${renderPlace(cause.at)}`;
  return cause === null ? Text.of() : renderCause(cause);
}

function layerNotes(layer: LayerPlan, verbose: boolean): Text {
  const notes = [layerNote(layer)];
  if (layer.shippedTwiceBytes > 0) notes.push(yellow(`hides ${renderSize(layer.shippedTwiceBytes)} of lower layers`));
  if (verbose && layer.digest !== null) notes.push(Text.of(layer.digest));
  if (verbose && layer.sizeBytes !== null) notes.push(Text.of(`${renderSize(layer.sizeBytes)} compressed`));
  return joinText(notes, ', ');
}

function layerRow(layer: LayerPlan, verbose: boolean): Text[] {
  const name = text`${SYMBOLS[layer.status]} ${layer.name}`;
  if (layer.status === 'unknown' || layer.status === 'removed') return [name, layerNotes(layer, verbose)];
  const size = Text.of(renderSize(layer.contentBytes));
  return [name, Text.of(counted(layer.files, 'file')), size, layerNotes(layer, verbose)];
}

function renderConfig(plan: PlatformPlan, view: PlanView): Text[] {
  const { shown, hidden } = limited(plan.config, view.verbose);
  const rows = shown.map((change) => configRow(change));
  const lines = renderRows(rows, columnsLeft(view, INDENT));
  return (hidden === 0 ? lines : [...lines, renderHidden(hidden)]).map((line) => text`${INDENT}${line}`);
}

/** A line of a block, and what belongs to it in lines of their own. */
interface Item {
  readonly row: Text[];
  readonly below: readonly Text[];
}

function itemsOf(plan: PlatformPlan, view: PlanView): readonly Item[] {
  const inside = { ...view, columns: columnsLeft(view, CHANGE_INDENT) };
  return [
    ...(plan.base === null ? [] : [{ row: baseRow(plan.base), below: [] }]),
    ...(plan.removedBase === null ? [] : [{ row: removedBaseRow(plan.removedBase), below: [] }]),
    ...plan.artifacts.map((artifact) => ({
      row: artifactRow(artifact, view.verbose),
      below: renderInputs(artifact, inside),
    })),
    ...plan.layers.map((layer) => ({ row: layerRow(layer, view.verbose), below: renderChangedEntries(layer, inside) })),
  ];
}

function renderBody(plan: PlatformPlan, view: PlanView): Text[] {
  const items = itemsOf(plan, view);
  const lines = renderTable(
    items.map(({ row }) => row),
    NAME_COLUMNS,
  );
  return [
    ...lines.flatMap((line, i) => [
      text`${INDENT}${line}`,
      ...items[i]!.below.map((below) => text`${CHANGE_INDENT}${below}`),
    ]),
    ...renderConfig(plan, view),
  ];
}

/**
 * A block for each platform: base, artifacts, layers with their changes, config. Platforms that differ in nothing that is
 * shown share one block.
 */
export function renderPlatforms(name: string, plans: readonly PlatformPlan[], view: PlanView): Text[] {
  const blocks = new Map<string, { readonly titles: Text[]; readonly body: readonly Text[] }>();
  for (const plan of plans) {
    const body = renderBody(plan, view);
    const key = body.map((line) => line.toString()).join('\n');
    const block = blocks.get(key) ?? { titles: [], body };
    block.titles.push(renderTitle(name, plan));
    blocks.set(key, block);
  }
  return [...blocks.values()].flatMap(({ titles, body }) => [...titles, ...body, Text.of()]);
}

/** `example.com/app  linux/arm64   sha256:… → removed`. */
export function renderRemovedPlatform(name: string, { platform, previousDigest }: RemovedPlatform): Text {
  return text`${bold(name)}  ${platform}   ${shortDigest(previousDigest)} → ${red('removed')}`;
}

import { renderReference } from '../../oci/index.js';
import type { ApplyResult } from '../../operations/index.js';
import { countAssertions } from './assertions.js';
import { nextStep } from './next-step.js';
import { counted } from './numbers.js';
import { nameOf } from './plan.js';
import { renderTable } from './table.js';
import { bold, dim, Text, text } from './text.js';
import { renderMoved } from './transfer.js';

export interface ApplyView {
  /** Also names the record that was attached. */
  readonly verbose: boolean;
}

/** How an image came to be, in one phrase. */
export function renderBuilt({ plan }: ApplyResult): string {
  const { layersToBuild, layersReused, layersRemoved, artifactsToRun, configChanged, baseChanged, changed } =
    plan.summary;
  if (!changed) return 'nothing changed';
  const parts = [
    artifactsToRun > 0 ? `ran ${counted(artifactsToRun, 'artifact')}` : '',
    layersToBuild > 0 ? `built ${counted(layersToBuild, 'layer')}` : '',
    layersReused > 0 ? `reused ${layersReused}` : '',
    layersRemoved > 0 ? `removed ${layersRemoved}` : '',
    baseChanged ? 'base changed' : '',
    configChanged ? 'config changed' : '',
  ];
  return parts.filter((part) => part !== '').join(', ') || 'manifest changed';
}

type Destination = ApplyResult['destinations'][number];

function renderTags({ reference, tags }: Destination): string {
  const others = tags.filter((tag) => !('tag' in reference) || tag !== reference.tag);
  if (others.length > 0) return ` (${counted(others.length, 'tag')}: ${others.join(', ')})`;
  return reference.transport === 'docker' && tags.length === 0 ? ' (no tag: only by its digest)' : '';
}

function destinationRows(destination: Destination, { verbose }: ApplyView): Text[][] {
  const { reference, record } = destination;
  const isPushed = reference.transport === 'docker';
  const moved = dim(renderMoved(destination, isPushed));
  const place = text`${renderReference(reference)}${renderTags(destination)}  ${moved}`;
  const row = [bold(isPushed ? 'pushed' : 'written'), place];
  return verbose && record !== undefined ? [row, [bold('record'), Text.of(record)]] : [row];
}

/** Where the image went, and what is asserted of it. */
export function resultRows({ assertions, destinations }: ApplyResult, view: ApplyView): Text[][] {
  const count = countAssertions(assertions);
  return [
    ...(count === undefined ? [] : [[bold('assertions'), Text.of(count)]]),
    ...destinations.flatMap((destination) => destinationRows(destination, view)),
  ];
}

/** What apply did, for people: the image, how it came to be, and where it is. */
export function renderApply(result: ApplyResult, view: ApplyView): Text[] {
  return renderTable([
    [bold('image'), Text.of(result.digest)],
    [bold('of'), Text.of(nameOf(result.plan))],
    [bold('build'), Text.of(renderBuilt(result))],
    ...resultRows(result, view),
  ]);
}

/** What one can do now. */
export function renderNextStep(result: ApplyResult): Text[] {
  const what = result.destinations.length === 0 ? 'The image is in the cache. To write it somewhere' : 'Next';
  return [text`${what}: ${bold(nextStep(result))}`];
}

/** The result under `--json`. */
export function applyJson({ destinations, ...result }: ApplyResult) {
  return {
    ...result,
    destinations: destinations.map((destination) => ({
      ...destination,
      reference: renderReference(destination.reference),
    })),
  };
}

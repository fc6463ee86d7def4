import { renderReference } from '../../oci/index.js';
import type { ApplyResult } from '../../operations/index.js';
import { nextStep } from './next-step.js';
import { counted } from './numbers.js';
import { nameOf } from './plan.js';
import { renderTable } from './table.js';
import { bold, dim, Text, text } from './text.js';
import { renderMoved } from './transfer.js';

function renderBuilt({ plan }: ApplyResult): string {
  const { layersToBuild, layersReused, layersRemoved, artifactsToRun, configChanged, changed } = plan.summary;
  if (!changed) return 'nothing changed';
  return [
    artifactsToRun > 0 ? `ran ${counted(artifactsToRun, 'artifact')}` : '',
    layersToBuild > 0 ? `built ${counted(layersToBuild, 'layer')}` : '',
    layersReused > 0 ? `reused ${layersReused}` : '',
    layersRemoved > 0 ? `removed ${layersRemoved}` : '',
    configChanged ? 'config changed' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

type Destination = ApplyResult['destinations'][number];

function renderTags({ reference, tags }: Destination): string {
  const others = tags.filter((tag) => !('tag' in reference) || tag !== reference.tag);
  if (others.length > 0) return ` (${counted(others.length, 'tag')}: ${others.join(', ')})`;
  return reference.transport === 'docker' && tags.length === 0 ? ' (no tag: only by its digest)' : '';
}

function destinationRow(destination: Destination): Text[] {
  const { reference } = destination;
  const isPushed = reference.transport === 'docker';
  const moved = dim(renderMoved(destination, isPushed));
  return [
    bold(isPushed ? 'pushed' : 'written'),
    text`${renderReference(reference)}${renderTags(destination)}  ${moved}`,
  ];
}

/** What apply did, for people: the image, how it came to be, and where it is. */
export function renderApply(result: ApplyResult): Text[] {
  return renderTable([
    [bold('image'), Text.of(result.digest)],
    [bold('of'), Text.of(nameOf(result.plan))],
    [bold('build'), Text.of(renderBuilt(result) || 'manifest changed')],
    ...result.destinations.map((destination) => destinationRow(destination)),
  ]);
}

/** What one can do now. */
export function renderNextStep(result: ApplyResult): Text[] {
  const what = result.destinations.length === 0 ? 'The image is in the cache. To write it somewhere' : 'Next';
  return [text`${what}: ${bold(nextStep(result))}`];
}

/** The result under `--json`. */
export function applyJson({ destinations, ...result }: ApplyResult): unknown {
  return {
    ...result,
    destinations: destinations.map((destination) => ({
      ...destination,
      reference: renderReference(destination.reference),
    })),
  };
}

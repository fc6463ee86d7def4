import type { ApplySet } from '../../operations/index.js';
import { type ApplyView, applyJson, renderBuilt, resultRows } from './apply.js';
import { counted } from './numbers.js';
import { SYMBOLS } from './plan-changes.js';
import { renderTable } from './table.js';
import { bold, dim, green, joinText, Text, text } from './text.js';

type AppliedImage = ApplySet['images'][number];

function renderImage({ file, role, result }: AppliedImage, view: ApplyView): Text[] {
  const symbol = result.plan.summary.changed ? SYMBOLS.changed : SYMBOLS.same;
  const note = role === 'base' ? dim('  only a base here') : '';
  return [
    text`${symbol} ${bold(file)}${note}`,
    ...renderTable([
      [bold('image'), Text.of(result.digest)],
      [bold('build'), Text.of(renderBuilt(result))],
      ...resultRows(result, view),
    ]).map((line) => text`  ${line}`),
  ];
}

/** What apply did to several images, for people: those that are not what they were, or went somewhere; and a summary. */
export function renderApplySet({ images, summary }: ApplySet, view: ApplyView): Text[] {
  const shown = images.filter(
    ({ result }) => view.verbose || result.plan.summary.changed || result.destinations.length > 0,
  );
  const same = images.length - shown.length;
  const { layersToBuild, artifactsToRun } = summary;
  const built = [
    artifactsToRun > 0 ? `ran ${counted(artifactsToRun, 'artifact')}` : '',
    layersToBuild > 0 ? `built ${counted(layersToBuild, 'layer')}` : '',
  ].filter((part) => part !== '');
  const { images: count, changed } = summary;
  const verdict = changed === 0 ? green('no changes') : Text.of(`${changed} of ${counted(count, 'image')} changed`);
  return [
    ...shown.flatMap((image) => renderImage(image, view)),
    ...(same === 0 ? [] : [text`${SYMBOLS.same} ${counted(same, 'image')} unchanged ${dim('(--verbose names them)')}`]),
    text`${bold('Applied:')} ${joinText([verdict, ...built], ', ')}.`,
  ];
}

/** The result under `--json`. */
export function applySetJson({ images, ...set }: ApplySet): unknown {
  return { ...set, images: images.map(({ result, ...image }) => ({ ...image, result: applyJson(result) })) };
}

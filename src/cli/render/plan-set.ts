import { shortDigest } from '../../oci/index.js';
import type { PlannedImage, PlanSet } from '../../operations/index.js';
import type { Plan } from '../../plan/index.js';
import { renderCause } from './cause.js';
import { renderReasons } from './explain.js';
import { counted } from './numbers.js';
import { onlyAsked } from './only-asked.js';
import { renderPinned } from './pins.js';
import { nameOf, renderImage, renderPlan, renderPlanBlocks } from './plan.js';
import { causesOf } from './plan-causes.js';
import { SYMBOLS } from './plan-changes.js';
import type { PlanView } from './plan-platform.js';
import { changedImages, planSummary, workOf } from './plan-summary.js';
import { renderRows } from './table.js';
import { bold, dim, green, Text, text } from './text.js';

/** `sha256:… → sha256:…`, in which what was not there is `new`, and what is not known yet says so. */
function renderDigests({ digest, previous }: Plan): Text {
  const after = digest === null ? 'known after apply' : shortDigest(digest);
  return text`${previous === null ? 'new' : shortDigest(previous.digest)} → ${after}`;
}

function renderFile({ file, role }: PlannedImage): Text {
  return role === 'base' ? text`${file} ${dim('(only a base here)')}` : Text.of(file);
}

function renderCauses(image: PlannedImage, set: PlanSet): Text {
  const [first, ...others] = causesOf(image, set);
  if (first === undefined) return Text.of();
  return others.length === 0 ? renderCause(first) : text`${renderCause(first)}, and ${others.length} more`;
}

function imageRow(image: PlannedImage, set: PlanSet): Text[] {
  const { plan } = image;
  const symbol = plan.previous === null ? SYMBOLS.added : SYMBOLS.changed;
  const name = text`${symbol} ${renderFile(image)}`;
  return [name, renderDigests(plan), Text.of(planSummary(plan)), renderCauses(image, set)];
}

/** A line for each image that changes, in the order in which they are built, and one for all others. */
function renderOverview(set: PlanSet, view: PlanView): Text[] {
  const changed = set.images.filter(({ plan }) => plan.summary.changed);
  const same = set.images.filter(({ plan }) => !plan.summary.changed);
  const rows = changed.map((image) => imageRow(image, set));
  const sameRows = same.map((image) => [
    text`${SYMBOLS.same} ${renderFile(image)}`,
    text`${image.plan.digest === null ? '' : shortDigest(image.plan.digest)} unchanged`,
  ]);
  const columns = view.columns ?? Number.POSITIVE_INFINITY;
  if (view.verbose) return renderRows([...rows, ...sameRows], columns);
  const others = text`${SYMBOLS.same} ${counted(same.length, 'image')} unchanged ${dim('(--verbose names them)')}`;
  return [...renderRows(rows, columns), ...(same.length === 0 ? [] : [others])];
}

/** `images/app/image.yaml (example.com/app)`. */
function titleOf({ file, plan }: PlannedImage): string {
  return plan.name === null ? file : `${file} (${nameOf(plan)})`;
}

function renderDetails(image: PlannedImage, view: PlanView): Text[] {
  const reasons = view.explain === true ? [...renderReasons(image.plan, view.columns), Text.of()] : [];
  return [...renderPlanBlocks(image.plan, titleOf(image), view), ...reasons];
}

function renderVerdict({ summary }: PlanSet): Text {
  if (summary.changed === 0) return text`${green('No changes.')} ${counted(summary.images, 'image')} up to date.`;
  const parts = [changedImages(summary), workOf(summary)].filter((part) => part !== '');
  return text`${bold('Plan:')} ${parts.join(', ')}.`;
}

/**
 * Plans for people: which images change, in their order and why; then each in detail; a summary. Where there is one image, or
 * nothing to say of what it is put on, that is the plan of the image.
 */
export function renderPlanSet(set: PlanSet, view: PlanView): Text[] {
  const only = onlyAsked(set.images);
  const isAlone = set.images.every((image) => image === only || (!image.plan.summary.changed && !view.verbose));
  if (only !== undefined && isAlone) return renderPlan(only.plan, view);
  const shown = set.images.filter(({ plan }) => view.verbose || plan.summary.changed);
  return [
    ...(set.summary.changed === 0 && !view.verbose ? [] : [...renderOverview(set, view), Text.of()]),
    ...shown.flatMap((image) => renderDetails(image, view)),
    renderVerdict(set),
    ...(only === undefined ? [] : renderImage(only.plan)),
    ...set.images.flatMap(({ plan }) => renderPinned(plan, view)),
  ];
}

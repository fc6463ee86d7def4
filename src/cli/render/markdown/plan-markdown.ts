import { shortDigest } from '../../../oci/index.js';
import type { PlannedImage, PlanSet } from '../../../operations/index.js';
import type { Cause, Plan } from '../../../plan/index.js';
import { counted } from '../numbers.js';
import { nameOf, renderPlan } from '../plan.js';
import { causesOf } from '../plan-causes.js';
import { changedImages, planSummary, workOf } from '../plan-summary.js';
import { renderWarning } from '../warning.js';
import { Comment } from './comment.js';
import { code, escaped } from './escape.js';

/** By this line a script finds the comment that it is to replace. */
const MARKER = '<!-- tbuild plan -->';
const COLUMNS = 120;
const MAX_CAUSES = 3;

function renderDigests({ digest, previous }: Plan): string {
  const after = digest === null ? 'known after apply' : code(shortDigest(digest));
  return `${previous === null ? 'new' : code(shortDigest(previous.digest))} → ${after}`;
}

function renderCause({ text, at }: Cause): string {
  return at === undefined ? escaped(text) : `${escaped(text)} ${code(`${at.file}:${at.line}`)}`;
}

function renderCauses(image: PlannedImage, set: PlanSet): string {
  const causes = causesOf(image, set);
  const shown = causes.slice(0, MAX_CAUSES).map((cause) => renderCause(cause));
  const hidden = causes.length - shown.length;
  return [...shown, ...(hidden === 0 ? [] : [`and ${hidden} more`])].join('<br>');
}

function tableRow(image: PlannedImage, set: PlanSet): string {
  const { file, role, plan } = image;
  const name = `${code(file)}${role === 'base' ? ' (only a base here)' : ''}`;
  return `| ${name} | ${renderDigests(plan)} | ${escaped(planSummary(plan))} | ${renderCauses(image, set)} |`;
}

/** The lines of a plan for people, with the symbols where a block of kind `diff` has them. */
function linesOf(plan: Plan): readonly string[] {
  const lines = [
    ...renderPlan(plan, { verbose: false, columns: COLUMNS }),
    ...plan.warnings.map((warning) => renderWarning(warning)),
  ];
  return lines.map((line) =>
    line
      .toString()
      .trimEnd()
      .replace(/^( +)([-+~]) /, (_, indent: string, symbol: string) => `${symbol === '~' ? '!' : symbol}${indent} `),
  );
}

function titleOf({ images, summary }: PlanSet): string {
  const [only, ...others] = images;
  if (only === undefined || others.length > 0) {
    const { images: count, changed } = summary;
    return changed === 0 ? `No changes: ${counted(count, 'image')} up to date` : `Plan: ${changedImages(summary)}`;
  }
  const name = code(nameOf(only.plan));
  return only.plan.summary.changed ? `Plan: ${name} changes` : `No changes: ${name} is up to date`;
}

/**
 * Plans as a comment on a pull request, in GitHub's and GitLab's Markdown: a table of the images that change, with the reasons, and
 * each in detail, folded. Short enough for GitHub. The same plans give the same text.
 */
export function renderPlanMarkdown(set: PlanSet): string {
  const changed = set.images.filter(({ plan }) => plan.summary.changed);
  const same = set.images.length - changed.length;
  const comment = new Comment();
  comment.add(`${MARKER}\n### ${titleOf(set)}`);
  const work = workOf(set.summary);
  if (work !== '') comment.add(`${work}.`);
  if (changed.length > 0) {
    const head = '| image | digest | what | why |\n| --- | --- | --- | --- |';
    comment.addTable(
      head,
      changed.map((image) => tableRow(image, set)),
    );
  }
  if (same > 0 && changed.length > 0) comment.add(`${counted(same, 'image')} unchanged.`);
  for (const { file, plan } of changed) comment.addDetails(file, linesOf(plan));
  return comment.end();
}

import { shortDigest } from '../../oci/index.js';
import type { SyncedImage, SyncFailure, SyncResult } from '../../operations/index.js';
import { renderPlace } from './cause.js';
import { renderSize } from './numbers.js';
import { renderRows } from './table.js';
import { bold, cyan, dim, green, red, Text, text, yellow } from './text.js';

export interface SyncView {
  /** Shows whole digests. */
  readonly verbose: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

const SYMBOLS = { new: green('+'), moved: yellow('~'), same: dim('=') } as const;

function digestsOf({ digest, previous }: SyncedImage, { verbose }: SyncView): string {
  const shown = verbose ? String : shortDigest;
  return previous === undefined ? shown(digest) : `${shown(previous)} → ${shown(digest)}`;
}

function rowOf(image: SyncedImage, view: SyncView, dryRun: boolean): Text[] {
  const { change, from, to, platform, bytesWritten } = image;
  const size = change === 'same' || dryRun ? '' : renderSize(bytesWritten);
  const row = [
    text`${SYMBOLS[change]} ${change}`,
    Text.of(from),
    text`→ ${to}`,
    Text.of([digestsOf(image, view), platform, size].filter((part) => part !== undefined && part !== '').join('  ')),
  ];
  return change === 'same' ? row.map((cell) => cell.styled('dim')) : row;
}

function summaryOf({ dryRun, images, failures }: SyncResult): Text {
  const count = (change: SyncedImage['change']): number => images.filter((image) => image.change === change).length;
  const bytes = images.reduce((sum, image) => sum + image.bytesWritten, 0);
  const parts = [
    `${count('new')} new`,
    `${count('moved')} moved`,
    `${count('same')} the same`,
    ...(failures.length === 0 ? [] : [`${failures.length} failed`]),
  ];
  const written = dryRun ? 'nothing was copied' : `${renderSize(bytes)} written`;
  return text`${bold(dryRun ? 'would copy' : 'copied')}  ${parts.join(', ')}; ${written}`;
}

/** What sync did, or would do, for people: a line for each image, and how many of each kind. */
export function renderSync(result: SyncResult, view: SyncView): Text[] {
  const rows = result.images.map((image) => rowOf(image, view, result.dryRun));
  return [...renderRows(rows, view.columns), summaryOf(result)];
}

/** What could not be copied, and why. */
export function renderSyncFailures(failures: readonly SyncFailure[]): Text[] {
  return failures.flatMap(({ from, to, code, message, hint, at }) => [
    text`${bold(red(`error[${code}]`))}${bold(`: ${message}`)}  ${renderPlace(at)}`,
    text`  ${dim('=')} ${bold('not copied:')} ${from} → ${cyan(to)}`,
    ...(hint === undefined ? [] : [text`  ${dim('=')} ${bold('hint:')} ${hint}`]),
  ]);
}

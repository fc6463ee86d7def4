import type { AssertionResult } from '../../operations/index.js';
import { renderPlace } from './cause.js';
import { counted } from './numbers.js';
import { bold, cyan, dim, red, type Text, text } from './text.js';

function renderAssertion(title: Text, { what, platform, message, at }: AssertionResult): Text {
  const why = message === undefined ? '' : `: ${message}`;
  return text`${title} ${bold(what)} ${dim(`(${platform})`)}${why}  ${renderPlace(at)}`;
}

/** `5 hold, 1 not looked at`; undefined where nothing is asserted. */
export function countAssertions(assertions: readonly AssertionResult[]): string | undefined {
  const count = (outcome: AssertionResult['outcome']): number =>
    assertions.filter((assertion) => assertion.outcome === outcome).length;
  const [holds, fails, skipped] = [count('holds'), count('fails'), count('skipped')];
  const parts = [
    holds > 0 ? `${holds} ${holds === 1 ? 'holds' : 'hold'}` : '',
    fails > 0 ? `${fails} ${fails === 1 ? 'fails' : 'fail'}` : '',
    skipped > 0 ? `${skipped} not looked at` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Those that fail: what, and why with what was expected and found. */
export function renderFailing(assertions: readonly AssertionResult[]): Text[] {
  const failing = assertions.filter(({ outcome }) => outcome === 'fails');
  if (failing.length === 0) return [];
  return [
    text`${bold(red('not as image.yaml asserts'))} (${counted(failing.length, 'assertion')})`,
    ...failing.map((assertion) => text`  ${renderAssertion(red('-'), assertion)}`),
  ];
}

/** Those that nobody could look at, as notes. */
export function renderSkipped(assertions: readonly AssertionResult[]): Text[] {
  return assertions
    .filter(({ outcome }) => outcome === 'skipped')
    .map((assertion) => renderAssertion(text`${bold(cyan('note'))}: not looked at:`, assertion));
}

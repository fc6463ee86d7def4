import type { ManifestPath } from './build-manifest.js';
import type { Problems } from './problems.js';
import { renderPath, type SourceNode } from './source-node.js';

/** A number that all readers take for the same one: no octal look, no sign, point or exponent, nothing beyond 2^53. */
const PLAIN = /^(0|-?[1-9][0-9]*)$/;

function complaintOf(value: number, written: string): { readonly reason: string; readonly hint: string } | undefined {
  if (PLAIN.test(written) && Number.isSafeInteger(value)) return undefined;
  if (PLAIN.test(written)) return { reason: 'which is beyond 2^53', hint: 'Write a smaller number.' };
  if (/^[+-]?0o?[0-9]+$/.test(written)) {
    return { reason: 'which looks octal', hint: `Write decimal digits without 0 in front, or text: "${written}".` };
  }
  return { reason: 'which is not in plain decimal digits', hint: `Write decimal digits: ${value}.` };
}

/** Reports numbers that are not written in the one plain way, where a number is allowed at all. */
export function checkNumbers(top: SourceNode, problems: Problems): void {
  const visit = (node: SourceNode, path: ManifestPath): void => {
    for (const [step, child] of node.children) visit(child, [...path, step]);
    if (typeof node.value !== 'number') return;
    const complaint = complaintOf(node.value, node.written!);
    if (complaint === undefined) return;
    const message = `${renderPath(path)} is ${node.written}, ${complaint.reason}`;
    problems.report(top, path, { code: 'manifest-wrong-value', message, hint: complaint.hint });
  };
  visit(top, []);
}

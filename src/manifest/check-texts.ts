import type { ManifestPath } from './build-manifest.js';
import { checkTo } from './check-to.js';
import type { Complaint } from './complaint.js';
import type { Problems } from './problems.js';
import { membersOf, type Plain, quote, renderPath, type SourceNode } from './source-node.js';
import { checkFor } from './text-checks.js';

/** What tbuild itself sets for an artifact's command. */
const OWN_VARIABLES = ['OUT', 'IN', 'PATH', 'HOME', 'TMPDIR', 'SOURCE_DATE_EPOCH'];

/** Rules for single texts that the schema cannot express, for the manifest with its variables replaced. */
export function checkTexts(value: Plain, top: SourceNode, problems: Problems): void {
  const complain = (path: ManifestPath, text: string, complaint: Complaint): void => {
    const { reason, hint, code = 'manifest-wrong-value', shown } = complaint;
    const message = `${renderPath(path)} is ${quote(shown ?? text)}, ${reason}`;
    problems.report(top, path, { code, message, hint, isSecret: shown !== undefined });
  };
  const visit = (item: Plain, path: ManifestPath, parent: Plain): void => {
    for (const [step, member] of membersOf(item)) visit(member, [...path, step], item);
    if (typeof item !== 'string' || problems.isSettled(path)) return;
    const isText = path.length === 5 && path[4] === 'text';
    if (item.includes('\0') && !isText) complain(path, item, { reason: 'which holds a NUL character' });
    const isTo = path.length === 5 && path[0] === 'layers' && path[4] === 'to';
    const complaint = isTo ? checkTo(parent, item) : checkFor(path)?.(item);
    if (complaint !== undefined) complain(path, item, complaint);
  };
  visit(value, [], null);
  checkKeys(top, problems);
}

/** Rules for keys: no NUL, which the schema's patterns do not exclude, and no variable that tbuild itself sets. */
function checkKeys(top: SourceNode, problems: Problems): void {
  const visit = (node: SourceNode, path: ManifestPath): void => {
    for (const [step, child] of node.children) {
      const at = [...path, step];
      visit(child, at);
      if (typeof step !== 'string') continue;
      if (step.includes('\0')) {
        const message = `Key ${quote(step)} holds a NUL character`;
        problems.reportKey(top, at, { code: 'manifest-wrong-value', message });
      }
      if (path.length === 3 && path[0] === 'artifacts' && path[2] === 'env' && OWN_VARIABLES.includes(step)) {
        const message = `${renderPath(at)} is set by tbuild itself`;
        problems.reportKey(top, at, { code: 'manifest-wrong-value', message });
      }
    }
  };
  visit(top, []);
}

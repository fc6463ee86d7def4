import type { ManifestPath } from './build-manifest.js';
import { accountFaults } from './contents/account-faults.js';
import { closureFaults } from './contents/closure-faults.js';
import { debianFaults } from './contents/debian-faults.js';
import type { Fault } from './contents/fault.js';
import { headerFaults } from './contents/header-faults.js';
import { pathsOf } from './duplicates.js';
import type { Problems } from './problems.js';
import { isMap, type Plain, renderPath, type SourceNode, valueAt } from './source-node.js';

/** The rules for parts of a content, each with the way to that part. */
const RULES: readonly (readonly [way: readonly string[], faults: (part: Plain) => readonly Fault[]])[] = [
  [[], closureFaults],
  [['headers'], headerFaults],
  [['debian'], closureFaults],
  [['debian'], debianFaults],
  [['accounts'], accountFaults],
];

/** Rules between the values of one content, for the manifest with its variables replaced. */
export function checkContents(value: Plain, top: SourceNode, problems: Problems): void {
  const check = (path: ManifestPath, faults: readonly Fault[]): void => {
    for (const { key, isKey, code = 'manifest-wrong-value', reason, hint } of faults) {
      const at = [...path, ...key];
      const facts = { code, message: `${renderPath(isKey === true ? at.slice(0, -1) : at)} ${reason}`, hint };
      if (isKey === true) problems.reportKey(top, at, facts);
      else problems.report(top, at, facts);
    }
  };
  for (const path of pathsOf(value, ['layers', '*', 'contents', '*'])) {
    for (const [way, faultsOf] of RULES) {
      const partPath = [...path, ...way];
      const part = valueAt(value, partPath);
      if (isMap(part) && !problems.isSettled(partPath)) check(partPath, faultsOf(part));
    }
  }
}

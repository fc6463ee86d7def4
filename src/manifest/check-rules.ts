import { contentFaults, fileFaults } from './assertions/assertion-faults.js';
import type { ManifestPath } from './build-manifest.js';
import { accountFaults } from './contents/account-faults.js';
import { closureFaults } from './contents/closure-faults.js';
import { debianFaults } from './contents/debian-faults.js';
import type { Fault } from './contents/fault.js';
import { headerFaults } from './contents/header-faults.js';
import { pathsOf } from './duplicates.js';
import type { Problems } from './problems.js';
import { isMap, type Plain, renderPath, type SourceNode, valueAt } from './source-node.js';

const CONTENT = ['layers', '*', 'contents', '*'];

/** The rules for maps; `*` stands for any key or position. */
const RULES: readonly (readonly [pattern: ManifestPath, faults: (map: Plain) => readonly Fault[]])[] = [
  [CONTENT, closureFaults],
  [[...CONTENT, 'headers'], headerFaults],
  [[...CONTENT, 'debian'], closureFaults],
  [[...CONTENT, 'debian'], debianFaults],
  [[...CONTENT, 'accounts'], accountFaults],
  [['assertions', 'files', '*'], fileFaults],
  [['assertions', 'contents', '*'], contentFaults],
];

/** Rules between the values of one map, for the manifest with its variables replaced. */
export function checkRules(value: Plain, top: SourceNode, problems: Problems): void {
  const check = (path: ManifestPath, faults: readonly Fault[]): void => {
    for (const { key, isKey, code = 'manifest-wrong-value', reason, hint } of faults) {
      const at = [...path, ...key];
      const facts = { code, message: `${renderPath(isKey === true ? at.slice(0, -1) : at)} ${reason}`, hint };
      if (isKey === true) problems.reportKey(top, at, facts);
      else problems.report(top, at, facts);
    }
  };
  for (const [pattern, faultsOf] of RULES) {
    for (const path of pathsOf(value, pattern)) {
      const map = valueAt(value, path);
      if (isMap(map) && !problems.isSettled(path)) check(path, faultsOf(map));
    }
  }
}

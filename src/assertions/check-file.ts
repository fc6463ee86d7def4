import type { FileAssertion } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import { describeEntry, findEntry, type PresentEntry } from './find-entry.js';
import { renderPermissions } from './render-permissions.js';

type Executor = NonNullable<FileAssertion['executableBy']>;

const EXECUTE: Readonly<Record<Executor, number>> = { owner: 0o100, group: 0o010, other: 0o001, any: 0o111 };

const differs = (what: string, expected: string | number, found: string | number): string =>
  `expected ${what} ${expected}, found ${found}`;

function problemsOfEntry(asserted: FileAssertion, entry: PresentEntry): readonly string[] {
  const { permissions, uid, gid, executableBy } = asserted;
  const found = renderPermissions(entry.kind, entry.mode);
  const problems: string[] = [];
  if (permissions !== undefined && permissions !== found) problems.push(differs('permissions', permissions, found));
  if (uid !== undefined && uid !== entry.uid) problems.push(differs('uid', uid, entry.uid));
  if (gid !== undefined && gid !== entry.gid) problems.push(differs('gid', gid, entry.gid));
  if (executableBy !== undefined && (entry.mode & EXECUTE[executableBy]) === 0) {
    const who = executableBy === 'any' ? 'anybody' : executableBy === 'other' ? 'others' : `its ${executableBy}`;
    problems.push(differs('it to be executable by', who, found));
  }
  return problems;
}

/**
 * What is not as asserted of one path. Its own entry is looked at, also where that is a symlink; of one that is absent only
 * that it is.
 */
export function checkFile(asserted: FileAssertion, tree: FileTree): readonly string[] {
  const found = findEntry(tree, asserted.path);
  if (found.entry === undefined) {
    if (!asserted.exists) return [];
    return [`expected it to exist, found nothing${found.why === undefined ? '' : `: ${found.why}`}`];
  }
  if (!asserted.exists) return [`expected nothing, found ${describeEntry(found.entry)}`];
  return problemsOfEntry(asserted, found.entry);
}

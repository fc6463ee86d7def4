import { errnoOf } from '../files.js';
import type { FamilyOptions, ProcessFamily } from '../processes.js';
import {
  type ProcessRow,
  readEnvironment,
  readProcess,
  readProcesses,
  readResident,
  readShare,
} from './process-table.js';

const nameOf = ({ id, began }: ProcessRow): string => `${id} ${began}`;

function kill({ id, began }: ProcessRow): boolean {
  // Between the look and now the id may have gone to somebody else.
  if (readProcess(id)?.began !== began) return false;
  try {
    process.kill(id, 'SIGKILL');
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false; // ESRCH, or EPERM for one that changed its user
  }
}

/** All that come from those that are in the set, which they join. */
function addDescendants(members: Set<string>, rows: readonly ProcessRow[]): void {
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) children.set(row.parent, [...(children.get(row.parent) ?? []), row]);
  const open = rows.filter((row) => members.has(nameOf(row)));
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    members.add(nameOf(row));
    open.push(...(children.get(row.id) ?? []).filter((child) => !members.has(nameOf(child))));
  }
}

/** See `Processes.follow`. */
export function follow({ leader, mark }: FamilyOptions): ProcessFamily {
  const first = readProcess(leader);
  const known = new Set(first === undefined ? [] : [nameOf(first)]);
  const strangers = new Set<string>();

  /** The mark is looked for once in each process: nobody can read it back to those that started without it. */
  const isMarked = (row: ProcessRow): boolean => {
    if (mark === undefined || row.began < (first?.began ?? 0) || strangers.has(nameOf(row))) return false;
    if (readEnvironment(row.id)?.includes(mark) === true) return true;
    // Between fork and exec a process has the environment of its parent, which shows it as what it is.
    strangers.add(nameOf(row));
    return false;
  };
  const isOfGroup = ({ group, session, began }: ProcessRow): boolean =>
    (group === leader || session === leader) && began >= (first?.began ?? Number.POSITIVE_INFINITY);
  const living = (): readonly ProcessRow[] => {
    const rows = readProcesses();
    for (const row of rows) if (isOfGroup(row) || (!known.has(nameOf(row)) && isMarked(row))) known.add(nameOf(row));
    addDescendants(known, rows);
    return rows.filter((row) => known.has(nameOf(row)) && !row.hasEnded);
  };
  return {
    members: () => living().map(({ id, threads }) => ({ id, threads, memory: readResident(id) })),
    exactMemory: () => living().reduce((sum, { id }) => sum + (readShare(id) ?? readResident(id)), 0),
    kill: () => living().filter(kill).length,
  };
}

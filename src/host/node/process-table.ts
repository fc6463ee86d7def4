import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../files.js';
import type { ProcessFacts } from '../processes.js';

/** A row of the table of processes. */
export interface ProcessRow extends Omit<ProcessFacts, 'memory'> {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks between the start of the machine and that of the process: with the id it names the process for good. */
  readonly began: number;
  /** It waits for its parent to ask how it ended. */
  readonly hasEnded: boolean;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined; // it ended, belongs to somebody else, or there is no /proc
  }
}

/** A process by its id; undefined where there is none, or the system does not tell (proc_pid_stat(5)). */
export function readProcess(id: number): ProcessRow | undefined {
  const stat = readText(`/proc/${id}/stat`);
  if (stat === undefined) return undefined;
  // The name, in brackets, may hold anything. What follows begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (field: number): number => Number(fields[field - 3]);
  return {
    id,
    hasEnded: /^[ZX]$/.test(fields[0] ?? ''),
    parent: number(4),
    group: number(5),
    session: number(6),
    threads: number(20),
    began: number(22),
  };
}

/** All processes of the machine that can be seen; nothing where the system has no /proc. */
export function readProcesses(): readonly ProcessRow[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
  const rows = names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name)));
  return rows.filter((row) => row !== undefined);
}

/** The environment that the process was started with: `NAME=value`, each ended by NUL. */
export const readEnvironment = (id: number): string | undefined => readText(`/proc/${id}/environ`);

const bytesOf = (kilobytes: string | undefined): number | undefined =>
  kilobytes === undefined ? undefined : Number(kilobytes) * 1024;

/** Resident bytes of the process; 0 where it cannot be told. */
export const readResident = (id: number): number =>
  bytesOf(/^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${id}/status`) ?? '')?.[1]) ?? 0;

/** As `readResident`, but of what the process shares with others just its share; undefined where it cannot be told. */
export const readShare = (id: number): number | undefined =>
  bytesOf(/^Pss:\s+(\d+) kB$/m.exec(readText(`/proc/${id}/smaps_rollup`) ?? '')?.[1]);

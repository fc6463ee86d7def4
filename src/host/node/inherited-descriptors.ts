import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../files.js';

const DESCRIPTORS = '/proc/self/fd';
/** Of `flags` in /proc/PID/fdinfo, which is octal (proc(5)). */
const CLOSE_ON_EXEC = 0o2000000;

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false; // the one that listed the directory
  }
}

/**
 * The descriptors above standard error that a started program would find open, ascending. Node closes its own on
 * exec; of those that this process was given itself, libuv closes only the first ones, up to a gap. Nothing where the
 * system has no /proc to ask.
 */
export function inheritedDescriptors(): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync(DESCRIPTORS);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
  return names
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isInherited(descriptor))
    .sort((a, b) => a - b);
}

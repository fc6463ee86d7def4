import type { Host, ProcessFamily } from '../../host/index.js';
import type { Limits } from './limits.js';

/** Directories that count as one. */
export interface WrittenPlace {
  /** Absolute. */
  readonly paths: readonly string[];
  /** What was there before the command began. */
  readonly initialBytes: number;
}

/** What is watched while a command runs. */
export interface Watched {
  readonly limits: Limits;
  /** Its processes; undefined as long as there are none. */
  family(): ProcessFamily | undefined;
  /** Where it can write; the limit on output is for each of them. */
  readonly places: readonly WrittenPlace[];
  /** Aborts when it has ended. */
  readonly ended: AbortSignal;
  /** To be told once, of the first limit that it went beyond. */
  stop(limit: keyof Limits): void;
}

/** Time between two looks: little at first, since what goes wrong at once grows fastest. */
const FIRST_INTERVAL_MS = 25;
const INTERVAL_MS = 200;
/** A walk through what was written begins so many times its own length after the last one: it must not slow the command. */
const WALK_SHARE = 20;
const WALK_INTERVAL_MS = 1000;

/** Resolves after the time, or at once when the command ends. */
async function pause(milliseconds: number, { ended }: Watched, host: Host): Promise<void> {
  await host.clock.sleep(milliseconds, ended).catch((error: unknown) => {
    if (!ended.aborted) throw error;
  });
}

function isTooMany({ limits, family }: Watched): keyof Limits | undefined {
  const processes = family();
  const members = processes?.members() ?? [];
  const sum = (one: (member: (typeof members)[number]) => number): number =>
    members.reduce((all, m) => all + one(m), 0);
  if (sum(({ threads }) => threads) > limits.processes) return 'processes';
  // What processes share is counted for each here; the exact number is asked for only where it can matter.
  if (sum(({ memory }) => memory) <= limits.memory) return undefined;
  return processes!.exactMemory() > limits.memory ? 'memory' : undefined;
}

/** Directories to be written to, with what is in them now. */
export async function writtenPlace(paths: readonly string[], { files }: Host): Promise<WrittenPlace> {
  let initialBytes = 0;
  for (const path of paths) initialBytes += await files.bytesBelow(path);
  return { paths, initialBytes };
}

/** Whether there is a place to which the command has written more than it may. */
export async function wroteTooMuch({ places, limits }: Watched, host: Host): Promise<boolean> {
  for (const { paths, initialBytes } of places) {
    const now = await writtenPlace(paths, host);
    if (now.initialBytes - initialBytes > limits.output) return true;
  }
  return false;
}

/** Looks at a command again and again until it ends, or goes beyond a limit. */
export async function watchLimits(watched: Watched, host: Host): Promise<void> {
  const { limits, ended, stop } = watched;
  const { clock } = host;
  const deadline = clock.monotonic() + limits.time * 1000;
  let nextWalk = clock.monotonic() + WALK_INTERVAL_MS;
  let interval = FIRST_INTERVAL_MS;
  while (!ended.aborted) {
    const left = deadline - clock.monotonic();
    if (left <= 0) return stop('time');
    await pause(Math.min(interval, left), watched, host);
    interval = Math.min(interval * 2, INTERVAL_MS);
    if (ended.aborted) return;
    const limit = isTooMany(watched);
    if (limit !== undefined) return stop(limit);
    const now = clock.monotonic();
    if (now < nextWalk) continue;
    if (await wroteTooMuch(watched, host)) return stop('output');
    const walkMs = clock.monotonic() - now;
    nextWalk = clock.monotonic() + Math.max(WALK_INTERVAL_MS, walkMs * WALK_SHARE);
  }
}

/** Ends processes that are left of a command. Some may start others meanwhile, and the kernel takes a moment to let go. */
export async function endAll(family: ProcessFamily, host: Host): Promise<void> {
  const never = new AbortController().signal;
  for (let tries = 0; tries < 500 && family.kill() > 0; tries++) await host.clock.sleep(Math.min(tries, 20), never);
}

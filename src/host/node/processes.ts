import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Duplex, Writable } from 'node:stream';
import { errnoOf } from '../files.js';
import type { Channel, Command, Ending, Processes } from '../processes.js';
import { inheritedDescriptors } from './inherited-descriptors.js';
import { follow } from './process-family.js';
import { readProcess } from './process-table.js';

/** A process that left the group may hold the pipes open for ever: silence this long after the end counts as drained. */
const QUIET_MS = 100;
/** … and one that keeps writing is cut off after this. */
const DRAIN_LIMIT_MS = 2_000;

/**
 * What the program gets as its descriptors: those that it would inherit lead nowhere, and the rest are Node's to close.
 * It can read where there is something for it.
 */
function descriptorsFor(nowhere: number, { input, channels = [] }: Command): StdioOptions {
  const inherited = inheritedDescriptors();
  const count = Math.max((inherited.at(-1) ?? 2) - 2, channels.length);
  const others = Array.from({ length: count }, (): 'ignore' | 'pipe' | number => 'ignore');
  for (const descriptor of inherited) others[descriptor - 3] = nowhere;
  others.fill('pipe', 0, channels.length);
  return [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...others];
}

/** Starts the program. The umask is a property of the process, which spawning copies: set it just around that. */
function start(command: Command): ChildProcess {
  const nowhere = openSync(devNull, 'r+');
  const before = command.umask === undefined ? undefined : process.umask(command.umask);
  try {
    return spawn(command.program, command.args, {
      cwd: command.workingDirectory,
      // Node hands NODE_V8_COVERAGE on by itself unless the object has such a key.
      env: { NODE_V8_COVERAGE: undefined, ...command.env },
      stdio: descriptorsFor(nowhere, command),
      detached: true,
      shell: false,
    });
  } finally {
    if (before !== undefined) process.umask(before);
    closeSync(nowhere);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: nobody is left. EPERM: only processes are left that changed their user; they are out of reach.
    const code = errnoOf(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Calls `done` when both pipes are at their end, or when only a process outside the group can hold them open. */
function whenDrained(child: ChildProcess, done: () => void): void {
  const streams = [child.stdout!, child.stderr!];
  const startedAt = performance.now();
  let isQuiet = true;
  let timer: NodeJS.Timeout;
  const finish = (): void => {
    clearTimeout(timer);
    for (const stream of child.stdio) stream?.destroy();
    done();
  };
  const check = (): void => {
    if (isQuiet || performance.now() - startedAt > DRAIN_LIMIT_MS) finish();
    else wait();
  };
  const wait = (): void => {
    isQuiet = true;
    // The turn through `setImmediate` reads what arrived while this thread was busy.
    timer = setTimeout(() => setImmediate(check), QUIET_MS);
  };
  for (const stream of streams)
    stream.on('data', () => {
      isQuiet = false;
    });
  child.once('close', finish);
  wait();
}

/** Hands the input over. A program need not read it, and may end before it could. */
function feed(stream: Writable | null, input: Uint8Array | undefined, onFailure: (error: Error) => void): void {
  stream?.on('error', (error) => {
    const code = errnoOf(error);
    if (code !== 'EPIPE' && code !== 'ECONNRESET') onFailure(error);
  });
  stream?.end(input);
}

/** Connects what lies beyond the standard descriptors. Node makes sockets of them, which go both ways. */
function connect(child: ChildProcess, channels: readonly Channel[], onFailure: (error: unknown) => void): void {
  for (const [i, channel] of channels.entries()) {
    const stream = child.stdio[i + 3] as Duplex;
    const isHeard = typeof channel === 'function';
    feed(stream, isHeard ? undefined : channel, onFailure);
    stream.on('data', isHeard ? guarded(channel, onFailure) : () => undefined);
  }
}

function guarded(hear: (chunk: Uint8Array) => void, onFailure: (error: unknown) => void) {
  return (chunk: Uint8Array): void => {
    try {
      hear(chunk);
    } catch (error) {
      onFailure(error);
    }
  };
}

function endingOf(status: number | null, signal: NodeJS.Signals | null): Ending {
  return signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'signalled', signal };
}

function run(command: Command): Promise<Ending> {
  return new Promise((resolve, reject) => {
    command.interruption.throwIfAborted();
    const child = start(command);
    let failure: { readonly reason: unknown } | undefined;
    const stop = (reason: unknown): void => {
      failure ??= { reason };
      killGroup(child);
    };
    const interrupt = (): void => stop(command.interruption.reason);
    const hearing = (stream: 'stdout' | 'stderr') => guarded((chunk) => command.onOutput(chunk, stream), stop);
    command.interruption.addEventListener('abort', interrupt, { once: true });
    child.stdout?.on('data', hearing('stdout'));
    child.stderr?.on('data', hearing('stderr'));
    feed(child.stdin, command.input, stop);
    connect(child, command.channels ?? [], stop);
    if (child.pid !== undefined) command.onStart?.(child.pid);
    child.once('error', (error) => {
      command.interruption.removeEventListener('abort', interrupt);
      reject(error);
    });
    child.once('exit', (status, signal) => {
      command.interruption.removeEventListener('abort', interrupt);
      killGroup(child);
      whenDrained(child, () => (failure ? reject(failure.reason) : resolve(endingOf(status, signal))));
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function findProgram(name: string): string | undefined {
  if (name === '' || name.includes('/') || name.includes('\0')) return undefined;
  // Empty and relative parts mean the working directory, where anybody's file could lie.
  const directories = (process.env.PATH ?? '').split(':').filter(isAbsolute);
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isAlive(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    // One that ended and that its parent does not ask after is still there.
    return readProcess(processId)?.hasEnded !== true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** The real programs. */
export const nodeProcesses: Processes = { run, findProgram, follow, isAlive };

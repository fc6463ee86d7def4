import { TbuildError } from '../errors/index.js';
import type { Command, Ending, Host } from '../host/index.js';

/** How long a program has to end by itself before it is killed: not so long that people think it hangs. */
const GRACE_MS = 3_000;
/** How long a runtime has to notice that the program was killed. */
const KILL_MS = 10_000;

export interface Stoppable extends Omit<Command, 'interruption'> {
  /** See `ContainerProcess.interruption`. */
  readonly interruption: AbortSignal;
  /** Sends a signal to the program in the container, by other means than the process that waits for it. */
  send(signal: string): Promise<unknown>;
}

/** The signal that asked this process to end, for the program to get the same. */
function signalOf(reason: unknown): string {
  const signal = reason instanceof TbuildError ? reason.details.signal : undefined;
  return typeof signal === 'string' ? signal : 'SIGTERM';
}

/** Resolves once the signal aborts. The promise lets go of the signal when `done` does. */
function whenAborted(signal: AbortSignal, done: AbortSignal): Promise<'aborted' | 'done'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('aborted');
    const stop = (): void => resolve('aborted');
    signal.addEventListener('abort', stop, { once: true });
    done.addEventListener('abort', () => {
      signal.removeEventListener('abort', stop);
      resolve('done');
    });
  });
}

/**
 * Runs a program that waits for a container, and ends the container where that is asked for. To kill the program alone would
 * leave the container running.
 * @throws the reason of the interruption, or what `onOutput` threw, once all has ended; an errno error where it cannot start
 */
export async function runStoppable(command: Stoppable, { processes, clock }: Host): Promise<Ending> {
  const { interruption, send, onOutput, ...rest } = command;
  const [failed, ended, given] = [new AbortController(), new AbortController(), new AbortController()];
  const stopped = AbortSignal.any([interruption, failed.signal]);
  stopped.throwIfAborted();
  const running = processes.run({
    ...rest,
    interruption: given.signal,
    onOutput(chunk, stream) {
      if (stopped.aborted) return;
      try {
        onOutput(chunk, stream);
      } catch (error) {
        failed.abort(error);
      }
    },
  });
  const ending = running.finally(() => ended.abort());
  const wait = (ms: number): Promise<void> => clock.sleep(ms, ended.signal).catch(() => undefined);
  const stopping = whenAborted(stopped, ended.signal).then(async (how) => {
    if (how === 'done') return;
    await send(signalOf(stopped.reason));
    await wait(GRACE_MS);
    if (!ended.signal.aborted) await send('SIGKILL');
    await wait(KILL_MS);
    given.abort(stopped.reason);
  });
  const [result] = await Promise.allSettled([ending, stopping]);
  stopped.throwIfAborted();
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

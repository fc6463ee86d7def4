import type { Ending, Host, ProcessFamily } from '../../host/index.js';
import { launchOf } from './launch.js';
import type { LaunchOptions } from './launch-options.js';
import { beyond, type Limits } from './limits.js';
import { SandboxReport } from './sandbox-report.js';
import { endAll, type Watched, watchLimits, writtenPlace, wroteTooMuch } from './watch-limits.js';

/** Whoever builds, the command makes files that all may read. */
const UMASK = 0o022;

const KILLING_ROUNDS = 10;

/** How a command ended; `unstarted` where the sandbox could not be made or the command not be found in it. */
export type Outcome = Ending | { readonly kind: 'unstarted' };

/** The processes of a command, from when there are any. */
class Followed {
  readonly #options: LaunchOptions;
  readonly #host: Host;
  #family: ProcessFamily | undefined;

  constructor(options: LaunchOptions, host: Host) {
    this.#options = options;
    this.#host = host;
  }

  get family(): ProcessFamily | undefined {
    return this.#family;
  }

  /** @param leader the first of them. In a sandbox all the others stay below it; outside some may leave it. */
  begin(leader: number): void {
    const { bubblewrap, workspace } = this.#options;
    const mark = bubblewrap === undefined ? { mark: workspace.root } : {};
    this.#family ??= this.#host.processes.follow({ leader, ...mark });
  }
}

async function watchedRun(options: LaunchOptions, host: Host, how: Pick<Watched, 'family' | 'ended' | 'stop'>) {
  const { limits, workspace } = options;
  const { source, out, home, temporary } = workspace.here;
  const places = [await writtenPlace([out], host), await writtenPlace([source, home, temporary], host)];
  return { limits, places, ...how };
}

/**
 * Runs a command to the end of all its processes, within its limits.
 * @throws TbuildError `artifact-limit`; what `onOutput` throws; an errno error where it cannot start; the reason of an interruption
 */
export async function supervise(
  options: LaunchOptions,
  host: Host,
  onOutput: (chunk: Uint8Array) => void,
): Promise<Outcome> {
  const { limits, declaration, bubblewrap } = options;
  const [followed, report] = [new Followed(options, host), new SandboxReport()];
  const [stopping, ended] = [new AbortController(), new AbortController()];
  const stop = (limit: keyof Limits): void => {
    // Its first process may have to wait long for its turn to end, while thousands go on: these end here.
    for (let round = 0; round < KILLING_ROUNDS && (followed.family?.kill() ?? 0) > 0; round++);
    stopping.abort(beyond(limit, limits, declaration));
  };
  const watched = await watchedRun(options, host, { family: () => followed.family, ended: ended.signal, stop });
  const launch = launchOf(options, host, (chunk) => {
    report.hear(chunk);
    if (report.processId !== undefined) followed.begin(report.processId);
  });
  // Outside of a sandbox the program that is started is the first of the command itself.
  const onStart = (id: number): void => (bubblewrap === undefined ? followed.begin(id) : undefined);
  const watching = watchLimits(watched, host).catch((error: unknown) => stopping.abort(error));
  try {
    const interruption = AbortSignal.any([host.interruption, stopping.signal]);
    const ending = await host.processes.run({ ...launch, umask: UMASK, interruption, onStart, onOutput });
    if (bubblewrap !== undefined && ending.kind === 'exited' && !report.hasRun) return { kind: 'unstarted' };
    if (await wroteTooMuch(watched, host)) throw beyond('output', limits, declaration);
    return ending;
  } finally {
    ended.abort();
    await watching;
    if (followed.family !== undefined) await endAll(followed.family, host);
  }
}

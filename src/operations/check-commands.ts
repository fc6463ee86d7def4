import { type Asserted, type CheckedAssertion, checkCommand, outcomeOf, skipped } from '../assertions/index.js';
import type { ContainerImage, ContainerRuntime, Containers } from '../container/index.js';
import { fail, type TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import type { CommandAssertion } from '../manifest/index.js';
import { type Platform, renderPlatform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import type { Steps } from './steps.js';
import { withContainers } from './with-containers.js';
import { faultOf, withFirstRuntime } from './with-first-runtime.js';

interface Running {
  readonly host: Host;
  readonly store: ContentStore;
  readonly steps: Steps;
  /** At least one. */
  readonly runtimes: readonly ContainerRuntime[];
}

/** A command that says more is looking for something else than an assertion. */
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;
/** A command that takes longer hangs. */
const TIME_LIMIT_SECONDS = 600;

export function assertedName({ name, at }: CommandAssertion, platform: Platform): Asserted {
  return { what: `command ${name}`, platform: renderPlatform(platform), at };
}

/** What a command wrote, up to the limit. */
class Said {
  readonly #pieces: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  #size = 0;

  add(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    this.#size += chunk.length;
    if (this.#size > OUTPUT_LIMIT_BYTES) throw beyondLimit(`it wrote more than ${OUTPUT_LIMIT_BYTES} bytes`);
    this.#pieces[stream].push(new Uint8Array(chunk));
  }

  of(stream: 'stdout' | 'stderr'): Uint8Array {
    return Buffer.concat(this.#pieces[stream]);
  }
}

/** The command's own fault. */
const beyondLimit = (why: string): TbuildError => fail('runtime-failed', { message: why, details: { fault: 'image' } });

/** A signal that aborts when a command has had its time, unless it is over. */
function timeLimit({ clock }: Host, over: AbortSignal): AbortSignal {
  const limit = new AbortController();
  const message = `it took more than ${TIME_LIMIT_SECONDS} seconds`;
  clock.sleep(TIME_LIMIT_SECONDS * 1000, over).then(
    () => limit.abort(beyondLimit(message)),
    () => undefined,
  );
  return limit.signal;
}

async function runCommand(
  command: CommandAssertion,
  containers: Pick<Containers, 'create'>,
  host: Host,
): Promise<readonly string[]> {
  const said = new Said();
  const over = new AbortController();
  const [program = '', ...args] = command.run;
  try {
    const container = await containers.create({
      entrypoint: [program],
      args,
      env: command.env,
      network: false,
      onOutput: (chunk, stream) => said.add(chunk, stream),
      interruption: AbortSignal.any([host.interruption, timeLimit(host, over.signal)]),
    });
    const status = await container.run();
    return checkCommand(command, { status, stdout: said.of('stdout'), stderr: said.of('stderr') });
  } finally {
    over.abort();
  }
}

/** A failure of the image is what the assertion is about; one of this machine says nothing about it. */
function resultOf(asserted: Asserted, error: unknown): CheckedAssertion {
  const fault = faultOf(error);
  if (fault === undefined) throw error;
  const { message } = error as TbuildError;
  return fault === 'image' ? outcomeOf(asserted, [message]) : skipped(asserted, message);
}

/** The commands in turn. That not even the first can run is thrown: another runtime may. */
async function runCommands(
  commands: readonly CommandAssertion[],
  containers: Pick<Containers, 'create'>,
  { host, platform }: { readonly host: Host; readonly platform: Platform },
): Promise<readonly CheckedAssertion[]> {
  const results: CheckedAssertion[] = [];
  for (const command of commands) {
    const asserted = assertedName(command, platform);
    const result = await runCommand(command, containers, host).then(
      (problems) => outcomeOf(asserted, problems),
      (error: unknown) => {
        if (results.length === 0 && faultOf(error) === 'machine') throw error;
        return resultOf(asserted, error);
      },
    );
    results.push(result);
  }
  return results;
}

/** Runs asserted commands, each in a container of its own, without network and without the image's entrypoint. */
export async function checkCommands(
  commands: readonly CommandAssertion[],
  image: ContainerImage,
  { runtimes, ...running }: Running,
): Promise<readonly CheckedAssertion[]> {
  const { platform } = image;
  const facts = { host: running.host, platform };
  try {
    return await withFirstRuntime(
      runtimes,
      () => false,
      (runtime) =>
        withContainers(image, { ...running, runtime }, (containers) => runCommands(commands, containers, facts)),
    );
  } catch (error) {
    return commands.map((command) => resultOf(assertedName(command, platform), error));
  }
}

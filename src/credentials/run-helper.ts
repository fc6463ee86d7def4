import { type Ending, errnoOf, type Host, reasonOf } from '../host/index.js';
import { CredentialProblem } from './problem.js';
import { shownWords } from './shown-words.js';

/** A helper may ask the user, or a server of its own. */
const TIMEOUT_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024;

/** Names become names of programs; they come from a file. */
const NAME = /^[A-Za-z0-9._-]+$/;
/** Helpers are programs of the user and need the user's environment, but nothing that is secret in it and ours. */
const NOT_FOR_HELPERS = ['TBUILD_PASSWORD', 'TBUILD_USERNAME', 'DOCKER_AUTH_CONFIG'];
/** How helpers say that there is nothing (docker-credential-helpers, "credentials/error.go"). */
const NOT_FOUND = ['credentials not found in native keychain', 'no credentials server URL', 'no credentials username'];

export interface HelperRun {
  /** Without `docker-credential-`. */
  readonly helper: string;
  readonly action: 'get' | 'store' | 'erase';
  readonly input: string;
  /** Texts that no message may show. */
  readonly secrets?: readonly string[];
}

export function programOf(helper: string): string {
  return `docker-credential-${helper}`;
}

/** The beginning of what comes, up to a limit. */
class Sink {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** False where it was too much. */
  take(chunk: Uint8Array): boolean {
    const room = OUTPUT_LIMIT_BYTES - this.#size;
    this.#chunks.push(Uint8Array.from(chunk.subarray(0, room)));
    this.#size += Math.min(room, chunk.length);
    return chunk.length <= room;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

function environment({ env }: Host): Record<string, string> {
  const variables = { ...env.variables() };
  for (const name of NOT_FOR_HELPERS) delete variables[name];
  return variables;
}

function findHelper(host: Host, helper: string): string {
  if (!NAME.test(helper) || helper.includes('..')) {
    throw new CredentialProblem('it names a helper with a name that no helper can have');
  }
  const path = host.processes.findProgram(programOf(helper));
  if (path === undefined) throw new CredentialProblem(`${programOf(helper)} is not on PATH`);
  return path;
}

/** Does the work with a signal that aborts when the user interrupts, or after the time that a helper has. */
async function withinTime<T>(host: Host, program: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const problem = new CredentialProblem(`${program} did not end within ${TIMEOUT_MS / 1000} s`);
  host.clock.sleep(TIMEOUT_MS, done.signal).then(
    () => late.abort(problem),
    () => undefined, // the work was done first
  );
  try {
    return await work(AbortSignal.any([host.interruption, late.signal]));
  } finally {
    done.abort();
  }
}

interface Outcome {
  readonly ending: Ending;
  readonly output: Uint8Array;
  readonly complaints: Uint8Array;
}

async function runProgram(host: Host, { helper, action, input }: HelperRun): Promise<Outcome> {
  const program = programOf(helper);
  const path = findHelper(host, helper);
  const [output, complaints] = [new Sink(), new Sink()];
  const command = {
    program: path,
    args: [action],
    workingDirectory: host.env.workingDirectory,
    env: environment(host),
    input: Buffer.from(input),
    onOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr') {
      const isWithin = (stream === 'stdout' ? output : complaints).take(chunk);
      if (isWithin || stream === 'stderr') return;
      throw new CredentialProblem(`${program} wrote more than ${OUTPUT_LIMIT_BYTES} bytes`);
    },
  };
  try {
    const ending = await withinTime(host, program, (interruption) => host.processes.run({ ...command, interruption }));
    return { ending, output: output.bytes, complaints: complaints.bytes };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new CredentialProblem(`${program} cannot start: ${reasonOf(error)}`);
  }
}

/**
 * One exchange of the protocol of docker's credential helpers: the input goes to the program, which answers on its
 * standard output, also where it fails.
 * @returns the answer; undefined where the helper knows nothing of it
 * @throws CredentialProblem with the helper's name and words; the reason of an interruption
 */
export async function runHelper(host: Host, run: HelperRun): Promise<Uint8Array | undefined> {
  const { ending, output, complaints } = await runProgram(host, run);
  if (ending.kind === 'exited') {
    if (ending.status === 0) return output;
    if (NOT_FOUND.includes(Buffer.from(output).toString().trim())) return undefined;
  }
  const how = ending.kind === 'exited' ? `exited with status ${ending.status}` : `was ended by ${ending.signal}`;
  const words = shownWords(output, run.secrets) || shownWords(complaints, run.secrets);
  throw new CredentialProblem(`${programOf(run.helper)} ${how}${words === '' ? '' : `: ${words}`}`);
}

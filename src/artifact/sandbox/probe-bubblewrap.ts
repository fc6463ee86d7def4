import { errnoOf, type Host, reasonOf } from '../../host/index.js';
import type { Bubblewrap } from './sandboxes.js';
import { systemCallFilter } from './system-calls.js';

/** bubblewrap, or in words why it is of no use here. */
export type Probe = { readonly bubblewrap: Bubblewrap } | { readonly reason: string };

/**
 * Own namespaces for all but the network, nobody's capabilities, no terminal, and an end with whoever started it. Privileges
 * cannot be gained again: bubblewrap always sets `no_new_privs`.
 */
const ISOLATION = [
  ...['user', 'pid', 'ipc', 'uts', 'cgroup'].map((namespace) => `--unshare-${namespace}`),
  ...['--new-session', '--die-with-parent', '--cap-drop', 'ALL'],
];

/** Bans namespaces within the sandbox; since bubblewrap 0.8, and only where /proc/sys can be written. */
const NO_NESTING = '--disable-userns';

const REASON_CHARACTERS_MAX = 300;

/** Starts bubblewrap with the very namespaces and filter, to run itself. Undefined where it could; else what it said. */
async function trial(host: Host, { program, isolation }: Bubblewrap): Promise<string | undefined> {
  const said: Uint8Array[] = [];
  const places = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--remount-ro', '/'];
  try {
    const ending = await host.processes.run({
      program,
      args: [...isolation, '--unshare-net', '--seccomp', '3', ...places, '--', program, '--version'],
      workingDirectory: '/',
      env: {},
      channels: [systemCallFilter()],
      interruption: host.interruption,
      onOutput: (chunk) => said.push(chunk),
    });
    if (ending.kind === 'exited' && ending.status === 0) return undefined;
    const lines = Buffer.concat(said).toString('utf8').trim().split('\n');
    return (lines.at(-1) || 'it said nothing').slice(0, REASON_CHARACTERS_MAX);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return reasonOf(error);
  }
}

/** Tries whether, and how, bubblewrap can shut a command in on this machine. */
export async function probeBubblewrap(host: Host): Promise<Probe> {
  const program = host.processes.findProgram('bwrap');
  if (program === undefined) return { reason: 'bubblewrap is not installed' };
  const best = { program, isolation: [...ISOLATION, NO_NESTING] };
  if ((await trial(host, best)) === undefined) return { bubblewrap: best };
  const plain = { program, isolation: ISOLATION };
  const problem = await trial(host, plain);
  if (problem === undefined) return { bubblewrap: plain };
  const isForbidden = /namespace|uid map/i.test(problem);
  const what = isForbidden ? 'this machine allows no user namespaces' : 'bubblewrap cannot work on this machine';
  return { reason: `${what} (${problem})` };
}

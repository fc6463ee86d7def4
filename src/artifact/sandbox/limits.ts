import { fail, type TbuildError } from '../../errors/index.js';
import { errnoOf, type Host } from '../../host/index.js';
import type { ArtifactDeclaration, ArtifactLimits } from '../../manifest/index.js';

/** What a command may use up, as `ArtifactLimits` has it. */
export type Limits = { readonly [Name in keyof ArtifactLimits]: number };

const DEFAULTS = { time: 3600, processes: 4096, output: 10 * 1024 ** 3, log: 64 * 1024 ** 2 };

/** Of the memory that is there, what one command gets without being asked. */
const SHARE_OF_MEMORY = 0.8;

/** What the artifact declares, or by default. */
export function limitsOf({ limits }: ArtifactDeclaration, { env }: Host): Limits {
  return {
    time: limits.time ?? DEFAULTS.time,
    memory: limits.memory ?? Math.floor(env.memoryBytes * SHARE_OF_MEMORY),
    processes: limits.processes ?? DEFAULTS.processes,
    output: limits.output ?? DEFAULTS.output,
    log: limits.log ?? DEFAULTS.log,
  };
}

const UNITS = { GiB: 1024 ** 3, GB: 1e9, MiB: 1024 ** 2, MB: 1e6, KiB: 1024, kB: 1e3 };

/** As image.yaml has it: `2GB`, where it is a whole number of something. */
function renderBytes(bytes: number): string {
  const unit = Object.entries(UNITS).find(([, size]) => bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}

function renderSeconds(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}min` : `${seconds}s`;
}

const RENDER: Readonly<Record<keyof Limits, (value: number) => string>> = {
  time: renderSeconds,
  memory: renderBytes,
  processes: String,
  output: renderBytes,
  log: renderBytes,
};

/** The next whole number of the largest unit: nobody wants to read `32319291392`. */
function roundedUp(bytes: number): number {
  const unit = [1e9, 1e6, 1e3].find((size) => bytes >= size) ?? 1;
  return Math.ceil(bytes / unit) * unit;
}

const MEANING: Readonly<Record<keyof Limits, string>> = {
  time: 'took longer than its limit of',
  memory: 'needs more memory than its limit of',
  processes: 'started more processes and threads than its limit of',
  output: 'wrote more than its limit of',
  log: 'said more than its limit of',
};

/** What a command did too much of, and how to let it. */
export function beyond(limit: keyof Limits, limits: Limits, { name, at }: ArtifactDeclaration): TbuildError {
  const value = limits[limit];
  const render = RENDER[limit];
  const doubled = render === renderBytes && value % 1e3 !== 0 && value % 1024 !== 0 ? roundedUp(value * 2) : value * 2;
  return fail('artifact-limit', {
    message: `The command of artifact ${JSON.stringify(name)} ${MEANING[limit]} ${render(value)}`,
    hint: `If it needs that much, raise the limit of the artifact: limits: { ${limit}: ${render(doubled)} }.`,
    at,
    details: { artifact: name, limit, value },
  });
}

/** How much more address space than memory a process may ask for: threads' stacks and the like are never used up. */
const RESERVE = 4;

const PROC_BYTES_MAX = 64 * 1024;

/** What the system tells of itself in a file; empty where it does not tell. */
function told(path: string, { files }: Host): string {
  try {
    return Buffer.from(files.readFile(path, PROC_BYTES_MAX)).toString('latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}

/** Processes and threads of the whole machine (proc_loadavg(5)); undefined where it does not tell. */
const runningNow = (host: Host): number | undefined =>
  Number(/ \d+\/(\d+) /.exec(told('/proc/loadavg', host))?.[1]) || undefined;

/** As prlimit(1) calls them → as proc_pid_limits(5) does. */
const OF_KERNEL = { core: 'Max core file size', fsize: 'Max file size', nproc: 'Max processes', data: 'Max data size' };

/**
 * What the kernel sees to, as options of prlimit(1): no core files, no larger file than all output may be, and, where the artifact
 * limits its memory, no more private memory of one process than could be meant. Older kernels count all processes of the user:
 * so many more than there are now is never too few, and still no explosion. Root's are not counted. Nobody but root may go beyond
 * what this process is limited to itself.
 */
export function resourceLimits(limits: Limits, declaration: ArtifactDeclaration, host: Host): readonly string[] {
  const running = runningNow(host);
  const wanted: Readonly<Record<keyof typeof OF_KERNEL, number | undefined>> = {
    core: 0,
    fsize: limits.output,
    nproc: running === undefined ? undefined : running + limits.processes,
    data: declaration.limits.memory === undefined ? undefined : limits.memory * RESERVE,
  };
  const own = told('/proc/self/limits', host);
  return (Object.keys(OF_KERNEL) as (keyof typeof OF_KERNEL)[]).flatMap((name) => {
    const hard = new RegExp(`^${OF_KERNEL[name]} +\\S+ +(\\d+)`, 'm').exec(own)?.[1];
    const value = wanted[name];
    return value === undefined ? [] : [`--${name}=${Math.min(value, Number(hard ?? value))}`];
  });
}

import { join } from 'node:path';
import { errnoOf, type Host } from '../../host/index.js';
import type { SandboxLevel } from '../../manifest/index.js';
import type { SeenFile } from '../tools/artifact-tool.js';
import type { Circumstance, Variation } from '../variation.js';
import { findUnordered } from './find-unordered.js';

/** How the machine of a command is made different. */
export interface Differences {
  /** Set before what the artifact declares. */
  readonly env: Readonly<Record<string, string>>;
  /** What a strict command must see for them. */
  readonly files: readonly SeenFile[];
  /** Programs with their arguments to start the command with; empty for none. */
  readonly wrapper: readonly string[];
  /** The build directory is another one. */
  readonly isElsewhere: boolean;
  /** A directory that lists names in the order in which they came, the inputs in reverse; undefined for the usual place. */
  readonly unordered: string | undefined;
}

const NO_DIFFERENCES: Differences = {
  env: {},
  files: [],
  wrapper: [],
  isElsewhere: false,
  unordered: undefined,
};

const LIBRARY = ['faketime/libfaketime.so.1', 'libfaketime.so.1'];
/** Names in /usr/lib of directories for one architecture, as Debian has them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

const isFile = ({ files }: Host, path: string): boolean => files.stat(path)?.kind === 'file';

function findFaketime(host: Host): string | undefined {
  const architecture = ARCHITECTURES[host.env.architecture] ?? host.env.architecture;
  const directories = [`/usr/lib/${architecture}-linux-gnu`, '/usr/lib64', '/usr/lib', '/usr/local/lib'];
  return directories.flatMap((at) => LIBRARY.map((name) => join(at, name))).find((path) => isFile(host, path));
}

/** The library, and those of the C library that lie beside it and which a program need not have by itself. */
function faketimeFiles(host: Host, library: string): readonly SeenFile[] {
  const beside = library.replace(/\/(faketime\/)?libfaketime\.so\.1$/, '');
  const needed = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1'].map((name) =>
    join(beside, name),
  );
  const paths = [library, ...needed.filter((path) => isFile(host, path))];
  return paths.map((path) => ({ absolute: path, kind: 'file' }));
}

/** More than a year on. What `stat` says stays: inputs have the time of the image wherever they are built. */
const OTHER_TIME = '+400d';
/** Seconds since the epoch. Later than what is written meanwhile, of which make would otherwise say that it is from the future. */
const STILL_TIME = '2000000000';
const HOW_TO_FAKE = { FAKETIME_FMT: '%s', NO_FAKE_STAT: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };

/** Far from UTC, and known without a file of zones (POSIX, "Environment Variables"). */
const OTHER_ZONE = '<+1337>-13:37';
/** Where they sort, count and spell differently than C.UTF-8; the first that is there. */
const OTHER_LOCALES = ['et_EE.utf8', 'de_DE.utf8', 'fr_FR.utf8'];
const LOCALES = '/usr/lib/locale';

/** The first processor that this process may use (proc_pid_status(5)). */
function firstProcessor({ files }: Host): string | undefined {
  try {
    const status = Buffer.from(files.readFile('/proc/self/status', 64 * 1024)).toString('latin1');
    return /^Cpus_allowed_list:\s*(\d+)/m.exec(status)?.[1];
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function otherLocale(host: Host): Partial<Differences> {
  const locale = OTHER_LOCALES.find((name) => host.files.stat(join(LOCALES, name))?.kind === 'directory') ?? 'C';
  const files: readonly SeenFile[] = locale === 'C' ? [] : [{ absolute: join(LOCALES, locale), kind: 'directory' }];
  return { env: { TZ: OTHER_ZONE, LANG: locale, LC_ALL: locale }, files };
}

/**
 * The library keeps a name in /dev/shm, which strict commands have for themselves; for others its own program removes it in the
 * end.
 */
function fakeTime(faked: string, host: Host, level: SandboxLevel): Partial<Differences> | string {
  const library = findFaketime(host);
  const program = host.processes.findProgram('faketime');
  if (library === undefined || (level === 'relaxed' && program === undefined)) return 'libfaketime is not installed';
  if (level === 'relaxed') return { env: HOW_TO_FAKE, wrapper: [program!, '-f', faked] };
  return { env: { LD_PRELOAD: library, FAKETIME: faked, ...HOW_TO_FAKE }, files: faketimeFiles(host, library) };
}

/** What makes one thing different, or why it cannot be. */
const MEANS: Readonly<Record<Circumstance, (host: Host, level: SandboxLevel) => Partial<Differences> | string>> = {
  time: (host, level) => fakeTime(OTHER_TIME, host, level),
  still: (host, level) => fakeTime(STILL_TIME, host, level),
  path: () => ({ isElsewhere: true }),
  order(host) {
    const unordered = findUnordered(host);
    return unordered === undefined ? 'no directory of this machine lists names in the order they came' : { unordered };
  },
  cpus(host) {
    const taskset = host.processes.findProgram('taskset');
    if (taskset === undefined) return 'taskset is not installed';
    const processor = firstProcessor(host);
    if (host.env.cpuCount < 2 || processor === undefined) return 'this machine has one processor';
    return { wrapper: [taskset, '-c', processor] };
  },
  locale: otherLocale,
};

/** Undefined where this machine can be made to differ in it; else why not. */
export function lackOf(variation: Variation, level: SandboxLevel, host: Host): string | undefined {
  const means = MEANS[variation](host, level);
  return typeof means === 'string' ? means : undefined;
}

/** All that shall be different and can be. */
export function differencesOf(varied: ReadonlySet<Circumstance>, level: SandboxLevel, host: Host): Differences {
  const means = [...varied].sort().map((variation) => MEANS[variation](host, level));
  const all = means.filter((one) => typeof one !== 'string');
  const env = Object.assign({}, ...all.map((one) => one.env)) as Differences['env'];
  const [files, wrapper] = [all.flatMap((one) => one.files ?? []), all.flatMap((one) => one.wrapper ?? [])];
  return Object.assign({}, NO_DIFFERENCES, ...all, { env, files, wrapper });
}

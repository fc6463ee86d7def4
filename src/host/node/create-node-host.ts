import type { DirectoryName, Files } from '../files.js';
import type { Host, Variation } from '../host.js';
import { nodeClock } from './clock.js';
import { nodeEnv } from './env.js';
import { nodeFiles } from './files.js';
import { nodeHttp } from './http.js';
import { nodeProcesses } from './processes.js';
import { nodeWorkers } from './workers.js';

export interface NodeHostOptions {
  /** Where the bundled worker files are: by default beside this module. Where none is there, no threads are used. */
  readonly workerDirectory?: URL | string | undefined;
  /** How many worker threads; as many as the process may use processors by default. */
  readonly jobs?: number | undefined;
  /** Makes the machine look different. Changes the time zone and the umask of the whole process, for good. */
  readonly variation?: Variation | undefined;
  /** What aborts long work (see `interruptOnSignals`); nothing by default. */
  readonly interruption?: AbortSignal | undefined;
}

function withReversedDirectories(files: Files): Files {
  const descending = (a: DirectoryName, b: DirectoryName): number => Buffer.compare(b.bytes, a.bytes);
  return { ...files, readDirectory: (path) => [...files.readDirectory(path)].sort(descending) };
}

/** The machine this process runs on. */
export function createNodeHost(options: NodeHostOptions = {}): Host {
  const { variation } = options;
  if (variation !== undefined) {
    process.env.TZ = variation.timeZone;
    process.umask(variation.umask);
  }
  return {
    files: variation === undefined ? nodeFiles : withReversedDirectories(nodeFiles),
    processes: nodeProcesses,
    clock: nodeClock,
    env: nodeEnv,
    workers: nodeWorkers({ count: options.jobs ?? nodeEnv.cpuCount, directory: options.workerDirectory }),
    http: nodeHttp(),
    interruption: options.interruption ?? new AbortController().signal,
  };
}

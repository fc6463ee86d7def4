export {
  type DirectoryName,
  errnoOf,
  type FileKind,
  type FileStat,
  type Files,
  type ReadHandle,
  reasonOf,
  type WriteHandle,
} from './files.js';
export type { Clock, Env, Host, Variation } from './host.js';
export type { Command, Ending, Processes } from './processes.js';
export type { WorkerPool, Workers, WorkerTask } from './workers.js';

export { endOfLinks } from './end-of-links.js';
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
export {
  type Http,
  HttpFailure,
  type HttpFailureKind,
  type HttpFailureOptions,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type HttpTls,
} from './http.js';
export { keepOwner } from './keep-owner.js';
export { createNodeHost, type NodeHostOptions } from './node/create-node-host.js';
export { currentDirectory } from './node/env.js';
export { interruptOnSignals } from './node/interruption.js';
export { serveTask } from './node/serve-task.js';
export type {
  Channel,
  Command,
  Ending,
  FamilyOptions,
  Processes,
  ProcessFacts,
  ProcessFamily,
} from './processes.js';
export type { WorkerPool, Workers, WorkerTask } from './workers.js';

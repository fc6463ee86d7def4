import { type Command, Option } from 'commander';
import type { NetworkOptions } from '../operations/index.js';
import { collectHost, parseChunkSize, parseDirectory, parseFileName, parseJobs, parseTimeout } from './values.js';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly jobs?: number;
  readonly cache?: string;
  readonly color: boolean;
  /** `-C`. */
  readonly directory?: string;
  readonly insecure?: readonly string[];
  readonly certDir?: string;
  readonly authfile?: string;
  readonly debugAuth?: true;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Bytes. Only of the commands that write to registries. */
  readonly chunkSize?: number;
}

/** What the options say of registries; undefined where they say nothing. */
export function networkOptions(options: GlobalOptions): NetworkOptions | undefined {
  const { insecure, certDir, authfile, timeout, chunkSize } = options;
  const network: NetworkOptions = {
    ...(insecure === undefined ? {} : { insecure }),
    ...(certDir === undefined ? {} : { certificateDirectory: certDir }),
    ...(authfile === undefined ? {} : { authFile: authfile }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(chunkSize === undefined ? {} : { chunkBytes: chunkSize }),
  };
  return Object.keys(network).length === 0 ? undefined : network;
}

/** For commands that write to registries. */
export function chunkSizeOption(): Option {
  const meaning = 'upload blobs in pieces of this size, like 16MiB (default: whole, where the registry takes them)';
  return new Option('--chunk-size <size>', meaning).argParser(parseChunkSize);
}

export interface FrozenOption {
  /** Absent: as the environment has it. */
  readonly frozen?: boolean;
}

/** For commands that look things up and pin them. */
export function addFrozenOptions(command: Command): Command {
  return command
    .option('--frozen', 'look nothing up: what the lock lacks, or has for something else, is an error (default in CI)')
    .option('--no-frozen', 'add to the lock what it lacks, also in CI');
}

/** What the options say for a request. */
export function frozenRequest({ frozen }: FrozenOption): { readonly frozen?: boolean } {
  return frozen === undefined ? {} : { frozen };
}

export function addGlobalOptions(program: Command): void {
  program
    .option('--json', 'write one JSON document to standard output, also for an error')
    .option('-q, --quiet', 'no progress, no warnings; of a result only its digest')
    .option('-v, --verbose', 'show everything: all changes, full digests, the origin of errors')
    .addOption(
      new Option('-j, --jobs <n>', 'threads for compression (default: one per processor)').argParser(parseJobs),
    )
    .addOption(
      new Option('--cache <dir>', 'content store (default: $XDG_CACHE_HOME/tbuild, else ~/.cache/tbuild)').argParser(
        parseDirectory('--cache'),
      ),
    )
    .option('--no-color', 'no colour, as with NO_COLOR in the environment')
    .addOption(
      new Option('-C, --directory <dir>', 'work in this directory, as if started there').argParser(
        parseDirectory('-C'),
      ),
    )
    .addOption(
      new Option(
        '--insecure <host>',
        'speak to this registry, HOST[:PORT], also without TLS or with any certificate; may be repeated',
      ).argParser(collectHost),
    )
    .addOption(
      new Option('--cert-dir <dir>', 'certificates for registries: *.crt, *.cert and *.key').argParser(
        parseDirectory('--cert-dir'),
      ),
    )
    .addOption(
      new Option('--authfile <file>', 'the only file with credentials (default: those of podman and docker)').argParser(
        parseFileName('--authfile'),
      ),
    )
    .option('--debug-auth', 'tell how credentials were looked for, without showing them')
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait for a registry (default: 30)').argParser(parseTimeout),
    );
}

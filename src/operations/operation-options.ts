import type { Report } from './events.js';

/** How registries are reached. */
export interface NetworkOptions {
  /** Registries, `host` or `host:port`, that may be spoken to over plain HTTP or with a certificate nobody vouches for. */
  readonly insecure?: readonly string[];
  /** Directory with `*.crt`, `*.cert` and `*.key` for every registry; relative to the working directory. */
  readonly certificateDirectory?: string;
  /** The only file with credentials; relative to the working directory. Default: where docker and podman keep theirs. */
  readonly authFile?: string;
  /** How long to wait for an answer and for the next byte, in milliseconds; default 30 000. */
  readonly timeoutMs?: number;
  /** Upload blobs in pieces of so many bytes; default: only where the registry needs it. */
  readonly chunkBytes?: number;
}

/** What every operation gets besides the host. */
export interface OperationOptions {
  /** Root of the cache, absolute; default `$XDG_CACHE_HOME/tbuild`, else `~/.cache/tbuild`. */
  readonly cacheDirectory?: string;
  readonly network?: NetworkOptions;
  readonly report?: Report;
}

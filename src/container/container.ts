import type { Host } from '../host/index.js';
import type { ImageConfig, Platform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';

/** In the order in which they are looked for. */
export const RUNTIMES = ['podman', 'runc', 'crun'] as const;

export type RuntimeName = (typeof RUNTIMES)[number];

/** A program of this machine that runs containers. */
export interface ContainerRuntime {
  readonly name: RuntimeName;
  /** Absolute path. */
  readonly program: string;
}

/** The image of one platform, as far as running it needs it. */
export interface ContainerImage {
  /** As the user names it, for messages. */
  readonly name: string;
  readonly platform: Platform;
  readonly config: ImageConfig;
  /** All layers on top of each other; files can be opened. */
  tree(): Promise<FileTree>;
  /**
   * Writes it into a directory that is not there yet, as the transport `dir:` has it: podman takes images of docker's
   * media types from there too, and not from an OCI layout.
   */
  writeDirectory(directory: string): Promise<void>;
}

/** What to run in a new container. */
export interface ContainerProcess {
  /** Undefined: the image's. */
  readonly entrypoint?: readonly string[];
  /** Empty: the image's cmd, unless another entrypoint is given. */
  readonly args: readonly string[];
  /** Added to the image's. */
  readonly env: Readonly<Record<string, string>>;
  /** The host's network; otherwise there is none. */
  readonly network: boolean;
  /** What the program writes, as it arrives. What it throws ends the container. */
  onOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** Ends the container: its reason's `details.signal`, SIGTERM by default, and after a while SIGKILL. */
  readonly interruption: AbortSignal;
}

/** A container that has not run yet. */
export interface Container {
  /**
   * Runs the program to its end and removes the container. To be called once.
   * @returns its exit status; 128 + n where a signal ended it
   * @throws TbuildError `runtime-failed` where it cannot start; the reason of the interruption, and what `onOutput` threw
   */
  run(): Promise<number>;
}

/** An image and the runtime that runs it, any number of times. */
export interface Containers {
  /** A container with the files of the image as they are. @throws TbuildError `runtime-failed` */
  create(process: ContainerProcess): Promise<Container>;
  /** Removes all that is outside of the directory, and processes. */
  close(): Promise<void>;
}

export interface ContainerContext {
  readonly host: Host;
  readonly runtime: ContainerRuntime;
  /** Absolute, private to this user, and the caller's to remove after `close`. */
  readonly directory: string;
  /** Files and bytes that were written, from time to time. */
  progress(bytes: number, files: number): void;
  /** What the user should know about how it runs. */
  warn(message: string): void;
}

import type { Host } from '../host/index.js';
import type { Pins, PlatformPins } from '../lock/index.js';
import type { ImageContent } from '../manifest/index.js';
import type { Network } from '../network/index.js';
import type { Platform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import type { FileDigests } from './file-digests.js';

/** What reading files of this machine needs. */
export interface InputContext {
  readonly host: Host;
  /** Absolute; what relative paths start from: the directory of image.yaml. */
  readonly directory: string;
  readonly digests: FileDigests;
  /** Called with what was done since the last call. */
  progress?(bytes: number, files: number): void;
}

/** What reading a content of any kind needs. */
export interface ContentContext extends InputContext {
  readonly store: ContentStore;
  readonly platform: Platform;
  readonly network: Network;
  /** False where somebody else says what is fetched: no user name and no password of this machine goes along. */
  readonly sendsPasswords: boolean;
  readonly pins: Pins;
  readonly platformPins: PlatformPins;
  /** The layer that is read. */
  readonly layer: string;
  /** Of a `debian` content: its position among those of the layer, from 0. */
  readonly position: number;
  /** Shows a long piece of work: `fetch libc6 2.36-9 (2.7 MB)`. */
  step<T>(title: string, work: (advance: (bytes: number) => void) => Promise<T>, totalBytes?: number): Promise<T>;
  /** Tells people of something that does not stop the work. */
  warn?(message: string): void;
  /** The output of an artifact that was built. */
  artifactOutput(name: string): FileTree;
  /** The whole tree of an image that files are copied from; contents can be read. */
  imageTree(content: ImageContent): Promise<FileTree>;
  /** What the image holds up to here: lower layers, and on them the contents of this layer that come before. Contents can be read. */
  below(): FileTree;
}

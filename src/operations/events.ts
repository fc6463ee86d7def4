import type { SourceSpan } from '../errors/index.js';

/**
 * What an operation is doing, for progress. Events carry facts; the command line draws them. Nothing in them may
 * be needed to understand the result.
 */
export type BuildEvent =
  /** A step began; `id` is unique in the run. `title` reads like `layer app (linux/amd64)`. */
  | {
      readonly kind: 'step-started';
      readonly id: number;
      readonly title: string;
      readonly totalBytes?: number;
      readonly totalFiles?: number;
      /** What is counted besides bytes; files by default. */
      readonly unit?: 'blob';
    }
  /** Done so far in this step. */
  | { readonly kind: 'step-progress'; readonly id: number; readonly bytes: number; readonly files: number }
  | { readonly kind: 'step-ended'; readonly id: number; readonly outcome: 'done' | 'cached' | 'failed' }
  /** Output of an artifact's command as it arrives. */
  | {
      readonly kind: 'artifact-output';
      /** Its name, and the platform where it is built for each of several: `server (linux/arm64)`. */
      readonly artifact: string;
      /** The image.yaml that declares it. */
      readonly file: string;
      readonly chunk: Uint8Array;
    }
  /** How credentials were looked for; without any secret. */
  | { readonly kind: 'auth-note'; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string; readonly at?: SourceSpan };

export type Report = (event: BuildEvent) => void;

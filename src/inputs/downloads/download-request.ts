import type { SourceSpan } from '../../errors/index.js';
import type { Digest } from '../../oci/index.js';

/** Headers with secrets of one URL's origin: see `NetworkRequest`. */
export interface DownloadHeaders {
  readonly authorization?: string | undefined;
  /** Lower-case names. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
}

/** A file of the web. */
export interface Download {
  /** Tried in this order. */
  readonly urls: readonly URL[];
  /** What it has to be; undefined: whatever is there. */
  readonly expected?: { readonly digest: Digest; readonly size?: number } | undefined;
  readonly limitBytes: number;
  /** Asked only where something has to be fetched. */
  readonly headersFor?: ((url: URL) => Promise<DownloadHeaders>) | undefined;
  /** For messages: `package libc6 2.36-9`. */
  readonly what: string;
  /** What to do where the file is not what is expected, as a sentence. */
  readonly mismatchHint?: string | undefined;
  readonly at: SourceSpan | undefined;
}

/** Begins messages about a download. */
export const taskOf = ({ what }: Download): string => `Cannot fetch ${what}`;

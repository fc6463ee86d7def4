import { fail, TbuildError } from '../errors/index.js';
import {
  type BlobFile,
  type BlobSink,
  type BlobSource,
  type Descriptor,
  type Digest,
  isDocumentType,
  isForeignLayer,
  NESTED_INDEXES_MAX,
} from '../oci/index.js';
import { type Bytes, bytesOf, openSlots } from '../util/index.js';
import { readDocument } from './documents.js';

const PARALLEL = 4;

export type CopyEvent =
  /** The image has this blob (a layer, a config, a manifest, …), which comes to its turn. */
  | { readonly kind: 'found'; readonly target: Descriptor }
  /** So many bytes went to the destination. An upload that begins again tells them again; an archive asks for them in `commit`. */
  | { readonly kind: 'bytes'; readonly count: number }
  /** The blob is at the destination: by its bytes, or without them, since it was there or was taken over (or waits for `commit`). */
  | { readonly kind: 'copied' | 'present'; readonly target: Descriptor }
  /** The source does not have it either: it is a layer that is had elsewhere. */
  | { readonly kind: 'foreign'; readonly target: Descriptor };

export interface CopyOptions {
  /** How many blobs at the same time; 4 by default. */
  readonly parallel?: number;
  readonly progress?: (event: CopyEvent) => void;
}

/** The copying of one image. After the first failure nothing more is begun, and streams that flow end with that failure. */
class ImageCopy {
  // Apart, since one digest may stand in an index as an image and as something unknown.
  readonly #blobs = new Map<Digest, Promise<void>>();
  readonly #documents = new Map<Digest, Promise<void>>();
  readonly #parallel: number;
  readonly #progress: (event: CopyEvent) => void;
  readonly #inSlot: ReturnType<typeof openSlots>;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    readonly source: BlobSource,
    readonly sink: BlobSink,
    options: CopyOptions,
  ) {
    this.#parallel = options.parallel ?? PARALLEL;
    this.#progress = options.progress ?? (() => undefined);
    this.#inSlot = openSlots(this.#parallel);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Work for each item, some at the same time; ends when all of it has ended. */
  async #forEach(items: readonly Descriptor[], work: (item: Descriptor) => Promise<void>): Promise<void> {
    const rest = items.values();
    const lane = async (): Promise<void> => {
      try {
        for (const item of rest) {
          this.#throwIfFailed();
          await work(item);
        }
      } catch (error) {
        this.#failure ??= { error };
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#parallel, items.length) }, lane));
    this.#throwIfFailed();
  }

  async *#watched(stream: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      this.#throwIfFailed();
      this.#progress({ kind: 'bytes', count: chunk.length });
      yield chunk;
    }
  }

  async #put(target: Descriptor, open: () => Promise<Bytes>): Promise<void> {
    let isOpened = false;
    const opened = async (): Promise<Bytes> => {
      this.#throwIfFailed();
      isOpened = true;
      return this.#watched(await open());
    };
    let isLent = false;
    const file = async (): Promise<BlobFile | undefined> => {
      this.#throwIfFailed();
      const lent = await this.source.fileOf?.(target);
      isLent = lent !== undefined;
      return lent;
    };
    await this.sink.put(target, opened, { location: this.source.locate?.(target), file });
    if (isLent && !isOpened) {
      isOpened = true;
      this.#progress({ kind: 'bytes', count: target.size });
    }
    this.#progress({ kind: isOpened ? 'copied' : 'present', target });
  }

  /** The bytes of a blob, verified here or by the sink: once is enough. */
  async #open(target: Descriptor): Promise<Bytes> {
    const raw = this.sink.verifies === true ? this.source.openRaw?.(target) : undefined;
    return raw ?? this.source.open(target);
  }

  async #putIfThere(target: Descriptor): Promise<void> {
    try {
      await this.#put(target, () => this.#open(target));
    } catch (error) {
      const isMissing = error instanceof TbuildError && error.code === 'blob-missing';
      if (!isMissing || !isForeignLayer(target.mediaType)) throw error;
      this.#progress({ kind: 'foreign', target });
    }
  }

  #copyBlob(target: Descriptor): Promise<void> {
    return once(this.#blobs, target, () => {
      this.#progress({ kind: 'found', target });
      return this.#inSlot(async () => {
        this.#throwIfFailed();
        await this.#putIfThere(target);
      });
    });
  }

  copyDocument(target: Descriptor, nesting: number): Promise<void> {
    return once(this.#documents, target, async () => {
      const document = await this.#inSlot(() => readDocument(this.source, target));
      this.#progress({ kind: 'found', target });
      if (document.kind === 'manifest') {
        const { config, layers } = document.manifest;
        await this.#forEach([config, ...layers], (child) => this.#copyBlob(child));
      } else {
        checkNesting(target, nesting + 1);
        await this.#forEach(document.index.manifests, (child) => this.#copyChild(child, nesting + 1));
      }
      // A sink may keep what opens the document until its commit: not the bytes of all of them too.
      let bytes: Uint8Array | undefined = document.bytes;
      const open = async (): Promise<Bytes> => (bytes === undefined ? this.source.open(target) : bytesOf(bytes));
      await this.#inSlot(() => this.#put(target, open));
      bytes = undefined;
    });
  }

  #copyChild(child: Descriptor, nesting: number): Promise<void> {
    return isDocumentType(child.mediaType) ? this.copyDocument(child, nesting) : this.#copyBlob(child);
  }
}

function once(begun: Map<Digest, Promise<void>>, { digest }: Descriptor, work: () => Promise<void>): Promise<void> {
  const copy = begun.get(digest) ?? work();
  begun.set(digest, copy);
  return copy;
}

function checkNesting({ digest }: Descriptor, nesting: number): void {
  if (nesting <= NESTED_INDEXES_MAX) return;
  throw fail('image-invalid', {
    message: `Index ${digest} is nested too deeply: at most ${NESTED_INDEXES_MAX} indexes may lie in each other`,
  });
}

/**
 * Copies an image and all it needs, byte for byte: children before parents, so that nothing at the destination ever
 * names what is not there, and each blob once, several at the same time. Entries of an index that are no images are
 * copied as they are; foreign layers, where the source has them. The first failure is thrown, after all that was under way has ended.
 *
 * @throws TbuildError `image-invalid`, `blob-missing`, `blob-mismatch`, and what source and sink throw
 */
export async function copyImage(
  source: BlobSource,
  sink: BlobSink,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<void> {
  await new ImageCopy(source, sink, options).copyDocument(root, 0);
}

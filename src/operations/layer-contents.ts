import type { Host } from '../host/index.js';
import { readLayerFiles } from '../layer/index.js';
import { type BlobSource, type Descriptor, type Digest, shortDigest } from '../oci/index.js';
import type { Content, ContentStore } from '../store/index.js';
import { type FileEntry, type FileTree, treeOf } from '../tree/index.js';
import type { Bytes } from '../util/index.js';
import type { Steps } from './steps.js';

/** So many files of a layer are looked for one by one; whoever asks for more gets them all at once. */
const ASKED_ALONE = 2;

interface Reading {
  readonly host: Host;
  readonly store: ContentStore;
  readonly steps: Steps;
}

/**
 * The contents of the files of layers. They come into the store when they are asked for, and stay there; a layer of
 * which several are asked for is read once. Nothing of it is unpacked anywhere else.
 */
export class LayerContents {
  readonly #reading: Reading;
  readonly #asked = new Map<Digest, number>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The same tree with files that can be opened. @param layer where they are */
  openable(tree: FileTree, layer: Descriptor, source: BlobSource): FileTree {
    const withContent = (file: FileEntry): FileEntry => ({ ...file, open: () => this.#open(file, layer, source) });
    return treeOf(tree.entries.map((entry) => (entry.kind === 'file' ? withContent(entry) : entry)));
  }

  async *#open({ digest, size }: Content, layer: Descriptor, source: BlobSource): AsyncGenerator<Uint8Array> {
    const { store } = this.#reading;
    if (store.sizeOf(digest) !== size) await this.#unpack({ digest, size }, layer, source);
    yield* store.chunks({ digest, size });
  }

  async #unpack(wanted: Content, layer: Descriptor, source: BlobSource): Promise<void> {
    const { host, store, steps } = this.#reading;
    const asked = (this.#asked.get(layer.digest) ?? 0) + 1;
    this.#asked.set(layer.digest, asked);
    await steps.run(`read files of layer ${shortDigest(layer.digest)}`, async (step) => {
      async function* files(): AsyncGenerator<ReadFile> {
        for await (const file of readLayerFiles(await source.open(layer))) {
          host.interruption.throwIfAborted();
          step.advance(file.size, 1);
          yield file;
        }
      }
      if (asked > ASKED_ALONE) await store.ingestAll(bodiesOf(files()));
      else await ingestOne(wanted, files(), store);
    });
  }
}

interface ReadFile {
  readonly size: number;
  readonly body: Bytes;
}

async function* bodiesOf(files: AsyncIterable<ReadFile>): AsyncGenerator<Bytes> {
  for await (const { body } of files) yield body;
}

/** Stores files of the size that is wanted, up to the one that is wanted. */
async function ingestOne(wanted: Content, files: AsyncIterable<ReadFile>, store: ContentStore): Promise<void> {
  for await (const { size, body } of files) {
    if (size === wanted.size && (await store.ingest(body)).digest === wanted.digest) return;
  }
}

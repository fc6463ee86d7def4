import type { Host } from '../host/index.js';
import { readLayerFiles } from '../layer/index.js';
import { type BlobSource, type Descriptor, type Digest, digestOf, shortDigest } from '../oci/index.js';
import type { Content, ContentStore } from '../store/index.js';
import { type FileEntry, type FileTree, treeOf } from '../tree/index.js';
import { type Bytes, bytesOf, collect } from '../util/index.js';
import type { Steps } from './steps.js';

/** So many files of a layer that nobody expected are looked for one by one; whoever asks for more gets them all at once. */
const ASKED_ALONE = 2;

/** Files up to this size are looked at before they are stored. */
const IN_MEMORY_BYTES = 1024 * 1024;

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
  readonly #expected = new Map<Digest, Content>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The same tree with files that can be opened. @param layer where they are */
  openable(tree: FileTree, layer: Descriptor, source: BlobSource): FileTree {
    const withContent = (file: FileEntry): FileEntry => ({ ...file, open: () => this.#open(file, layer, source) });
    return treeOf(tree.entries.map((entry) => (entry.kind === 'file' ? withContent(entry) : entry)));
  }

  /** The file will be asked for: it is taken along where its layer is read for another one, and no others are kept then. */
  expect({ digest, size }: Content): void {
    this.#expected.set(digest, { digest, size });
  }

  async *#open({ digest, size }: Content, layer: Descriptor, source: BlobSource): AsyncGenerator<Uint8Array> {
    const { store } = this.#reading;
    if (store.sizeOf(digest) !== size) await this.#unpack({ digest, size }, layer, source);
    yield* store.chunks({ digest, size });
  }

  async #unpack(wanted: Content, layer: Descriptor, source: BlobSource): Promise<void> {
    const { host, store, steps } = this.#reading;
    const isExpected = this.#expected.has(wanted.digest);
    const asked = (this.#asked.get(layer.digest) ?? 0) + (isExpected ? 0 : 1);
    this.#asked.set(layer.digest, asked);
    await steps.run(`read files of layer ${shortDigest(layer.digest)}`, async (step) => {
      async function* files(): AsyncGenerator<ReadFile> {
        for await (const file of readLayerFiles(await source.open(layer))) {
          host.interruption.throwIfAborted();
          step.advance(file.size, 1);
          yield file;
        }
      }
      if (!isExpected && asked > ASKED_ALONE) await store.ingestAll(bodiesOf(files()));
      else await ingestWanted(isExpected ? [...this.#expected.values()] : [wanted], files(), store);
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

/** Stores a file if it is wanted, and perhaps if it is large and only of a wanted size. */
async function storedAs({ size, body }: ReadFile, missing: ReadonlyMap<Digest, Content>, store: ContentStore) {
  if (size > IN_MEMORY_BYTES) return (await store.ingest(body)).digest;
  const bytes = await collect(body, size);
  const digest = digestOf(bytes);
  return missing.has(digest) ? (await store.ingest(bytesOf(bytes))).digest : digest;
}

/** Reads up to the last file that is wanted. */
async function ingestWanted(
  wanted: readonly Content[],
  files: AsyncIterable<ReadFile>,
  store: ContentStore,
): Promise<void> {
  const missing = new Map(
    wanted.filter(({ digest, size }) => store.sizeOf(digest) !== size).map((file) => [file.digest, file]),
  );
  for await (const file of files) {
    if (![...missing.values()].some(({ size }) => size === file.size)) continue;
    missing.delete(await storedAs(file, missing, store));
    if (missing.size === 0) return;
  }
}

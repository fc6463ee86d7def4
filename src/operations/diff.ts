import { diffImages as compareSides, withFindings } from '../compare/index.js';
import type { Host } from '../host/index.js';
import { type Digest, type Reference, renderReference } from '../oci/index.js';
import { type ContentStore, readDocument } from '../store/index.js';
import { withStore } from './build-context.js';
import { cachedSource } from './cached-source.js';
import { DiffSide, readSides, type SideToRead } from './diff-side.js';
import { type OpenedImage, withExistingImage } from './images.js';
import { LayerContents } from './layer-contents.js';
import type { DiffRequest, DiffResult } from './requests.js';
import { Steps } from './steps.js';
import { usableRecord } from './usable-record.js';

/** What both sides are read with. */
interface Reading {
  readonly host: Host;
  readonly store: ContentStore;
  readonly steps: Steps;
  readonly contents: LayerContents;
}

interface OpenedSide {
  readonly reference: Reference;
  readonly opened: OpenedImage;
  /** Of what is compared: the image of the platform asked for, or all that the reference names. */
  readonly root: { readonly digest: Digest; readonly mediaType: string };
}

function opensSide(reference: Reference, opened: OpenedImage, { platform }: DiffRequest): OpenedSide {
  return { reference, opened, root: platform === undefined ? opened.root : opened.images[0]!.descriptor };
}

/** What came over the network stays in the cache: entries are read first, and contents of some files after them. */
function nearSource({ reference, opened }: OpenedSide, { host, store, steps }: Reading) {
  if (reference.transport !== 'docker') return opened.source;
  return cachedSource(opened.source, { host, caches: [store], keepIn: store, steps });
}

async function sideToRead({ reference, opened, root }: OpenedSide, reading: Reading): Promise<SideToRead> {
  const { images, registries } = opened;
  const isWhole = root.digest === opened.root.digest;
  const document = isWhole ? await readDocument(opened.source, opened.root) : undefined;
  const published = await usableRecord(opened.root, reference, { registries, steps: reading.steps });
  const documents = { images, ...(document?.kind === 'index' && { index: document.index }) };
  return { ...root, documents, images, published };
}

async function sideOf(side: OpenedSide, reading: Reading): Promise<DiffSide> {
  const { host, store, steps, contents } = reading;
  const name = renderReference(side.reference);
  const layers = { host, source: nearSource(side, reading), records: store.records, steps, contents, name };
  return new DiffSide(await sideToRead(side, reading), layers);
}

async function differences(
  before: OpenedSide,
  after: OpenedSide,
  reading: Reading,
): Promise<DiffResult['differences']> {
  const sides = { expected: await sideOf(before, reading), found: await sideOf(after, reading) };
  await readSides(sides.expected, sides.found);
  const found = compareSides(sides.expected.image, sides.found.image);
  return reading.steps.run('compare files', () =>
    withFindings(found, (side, where, path) => sides[side].open(where, path), { created: undefined }),
  );
}

/**
 * How two images differ, wherever they are. Whether they are the same is said by their digests; then nothing is read but their
 * documents. Layers that both have are not read, but where only one changes what is installed, and files only where their digests differ.
 *
 * @throws TbuildError `image-missing`, and what reading images reports
 */
export function diffImages(host: Host, request: DiffRequest): Promise<DiffResult> {
  const { before, after } = request;
  return withStore(host, request, (store) => {
    const steps = new Steps(request.report);
    const reading: Reading = { host, store, steps, contents: new LayerContents({ host, store, steps }) };
    return withExistingImage(host, { ...request, reference: before, store }, (first) =>
      withExistingImage(host, { ...request, reference: after, store }, async (second) => {
        const sides = [opensSide(before, first, request), opensSide(after, second, request)] as const;
        const [{ digest: left }, { digest: right }] = [sides[0].root, sides[1].root];
        const isSame = left === right;
        return {
          before: { reference: renderReference(before), digest: left },
          after: { reference: renderReference(after), digest: right },
          isSame,
          differences: isSame ? [] : await differences(...sides, reading),
        };
      }),
    );
  });
}

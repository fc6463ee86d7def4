import { decompress } from '../codec/index.js';
import { fail, TbuildError } from '../errors/index.js';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  type ImageManifest,
  type Json,
  MediaTypes,
  parseManifestDocument,
  type RegistryReference,
  renderReference,
} from '../oci/index.js';
import {
  type ArtifactFacts,
  type ImageRecord,
  type LayerRecord,
  type PlatformRecord,
  type PublishedRecord,
  parseRecord,
  RECORD_LIMIT_BYTES,
  RECORD_TYPE,
} from '../plan/index.js';
import type { Registries, Repository } from '../store/index.js';
import { collect, compareUtf8, inParallel } from '../util/index.js';
import { PACKED_RECORD_TYPE } from './publish-record.js';
import type { Steps } from './steps.js';

/** What reading a record needs. */
export interface RecordReading {
  readonly registries: Registries;
  readonly steps: Steps;
  /** The platforms of what is built now, to be compared with what the record tells. */
  readonly built?: readonly MadeFrom[];
}

/** What a platform is made from, as far as that is known. */
interface MadeFrom {
  readonly platform: string;
  readonly layers: readonly Pick<LayerRecord, 'name' | 'key'>[];
  readonly artifacts: readonly { readonly name: string; readonly facts: ArtifactFacts | null }[];
}

/** More records of one image are not looked at: each change of a comment in image.yaml makes another one. */
const CANDIDATES_MAX = 16;
/** Bytes of a manifest that has one layer and a subject. */
const MANIFEST_LIMIT_BYTES = 64 * 1024;
/** As everywhere: trust.md, "Limits". */
const RATIO_MAX = 1000;
const PARALLEL = 4;

/** What is wrong with something that anybody may have attached: it is passed over. */
const UNUSABLE = new Set(['record-invalid', 'image-invalid', 'image-missing', 'blob-missing', 'blob-mismatch']);

interface Found {
  /** Of the manifest that brings it. */
  readonly digest: Digest;
  readonly record: PublishedRecord;
}

const invalid = (message: string): TbuildError => fail('record-invalid', { message });

async function manifestAt(repository: Repository, target: Descriptor): Promise<ImageManifest> {
  const { descriptor, bytes } = await repository.readDocument(target);
  const parsed = parseManifestDocument(bytes, descriptor);
  if (parsed.kind === 'index') throw invalid(`${target.digest} is an index`);
  return parsed.manifest;
}

/** Bytes that may still be read for the records of one image, whoever attached them. */
interface Budget {
  leftBytes: number;
}

/** The blob with the record. */
function packedOf(manifest: ImageManifest, candidate: Descriptor, root: Descriptor): Descriptor {
  const [packed] = manifest.layers;
  const { subject } = manifest as { readonly subject?: { readonly digest?: unknown } | null };
  if (subject?.digest !== root.digest) throw invalid(`${candidate.digest} refers to something else`);
  if (packed?.mediaType !== PACKED_RECORD_TYPE || manifest.layers.length !== 1) {
    throw invalid(`${candidate.digest} holds no record`);
  }
  return packed;
}

async function unpack(repository: Repository, packed: Descriptor): Promise<PublishedRecord> {
  const shown = `Record ${packed.digest}`;
  const limits = { maxBytes: RECORD_LIMIT_BYTES, maxRatio: RATIO_MAX };
  const bytes = await repository.openBlob(packed);
  try {
    return parseRecord(await collect(decompress(bytes, 'gzip', limits), RECORD_LIMIT_BYTES), shown);
  } catch (error) {
    if (!(error instanceof TbuildError) || !error.code.startsWith('compression-')) throw error;
    throw fail('record-invalid', { message: `${shown}: ${error.message}`, cause: error });
  }
}

/** What is attached, and to what. */
interface Attached {
  readonly candidate: Descriptor;
  readonly root: Descriptor;
}

async function read(repository: Repository, { candidate, root }: Attached, budget: Budget): Promise<PublishedRecord> {
  const packed = packedOf(await manifestAt(repository, candidate), candidate, root);
  if (packed.size > budget.leftBytes) {
    throw invalid(`Record ${packed.digest} has ${packed.size} bytes, of which ${budget.leftBytes} would be read`);
  }
  budget.leftBytes -= packed.size;
  const record = await unpack(repository, packed);
  if (record.image.digest === root.digest && record.image.mediaType === root.mediaType) return record;
  throw invalid(`Record ${packed.digest} is of ${record.image.digest}`);
}

/** Manifests of the image, by digest; of an index those of its platforms. */
async function manifestsOf(repository: Repository, root: Descriptor): Promise<ReadonlyMap<Digest, ImageManifest>> {
  const { bytes } = await repository.readDocument(root);
  const document = parseManifestDocument(bytes, root);
  if (document.kind === 'manifest') return new Map([[root.digest, document.manifest]]);
  const manifests = new Map<Digest, ImageManifest>();
  const children = document.index.manifests.filter(({ mediaType }) => mediaType === MediaTypes.manifest);
  await inParallel(children, PARALLEL, async (child) => {
    manifests.set(child.digest, await manifestAt(repository, child));
  });
  return manifests;
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json);

/** True where the platform's manifest says the same: configs are canonical JSON, so its digest is known without it. */
function isOf(platform: PlatformRecord, manifest: ImageManifest | undefined): boolean {
  if (manifest === undefined) return false;
  const { config, layers, annotations } = platform;
  const below = manifest.layers.length - layers.length;
  const diffIds = config.rootfs.diff_ids;
  return (
    below >= 0 &&
    diffIds.length === manifest.layers.length &&
    manifest.config.digest === digestOf(canonicalJson(config as unknown as Json)) &&
    layers.every(({ digest, diffId }, i) => {
      return manifest.layers[below + i]!.digest === digest && diffIds[below + i] === diffId;
    }) &&
    same(annotations, manifest.annotations ?? {})
  );
}

function checkImage({ platforms }: ImageRecord, digest: Digest, manifests: ReadonlyMap<Digest, ImageManifest>): void {
  const wrong = platforms.find((platform) => !isOf(platform, manifests.get(platform.digest)));
  if (wrong !== undefined) throw invalid(`The record of ${digest} says something else of ${wrong.platform}`);
  if (platforms.length !== manifests.size) throw invalid(`The record of ${digest} does not tell of all its platforms`);
}

/** What is passed over is said only where nothing else is there. */
function reasonOf(error: unknown): TbuildError {
  if (error instanceof TbuildError && UNUSABLE.has(error.code)) return error;
  throw error;
}

async function readAll(repository: Repository, candidates: readonly Descriptor[], root: Descriptor) {
  const found: Found[] = [];
  const problems: TbuildError[] = [];
  const budget: Budget = { leftBytes: RECORD_LIMIT_BYTES };
  let manifests: ReadonlyMap<Digest, ImageManifest> | undefined;
  for (const candidate of candidates) {
    try {
      const record = await read(repository, { candidate, root }, budget);
      manifests ??= await manifestsOf(repository, root);
      checkImage(record.image, root.digest, manifests);
      found.push({ digest: candidate.digest, record });
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  return { found, problems };
}

/** What a record says that each layer and each artifact was made from. */
function linesOf(platforms: readonly MadeFrom[]): ReadonlySet<string> {
  const lines = platforms.flatMap(({ platform, layers, artifacts }) => [
    ...layers.map(({ name, key }) => canonicalJson([platform, 'layer', name, key])),
    ...artifacts.flatMap(({ name, facts }) =>
      Object.entries(facts ?? {}).map((fact) => canonicalJson([platform, 'artifact', name, ...fact])),
    ),
  ]);
  return new Set(lines);
}

/** The record that has most in common with what is built now: it explains most. The first one of those. */
function nearest(found: readonly Found[], built: readonly MadeFrom[]): Found | undefined {
  const now = linesOf(built);
  const ranked = found.map((one) => {
    const before = [...linesOf(one.record.image.platforms)];
    const shared = before.filter((line) => now.has(line)).length;
    return { one, differing: now.size + before.length - 2 * shared };
  });
  return ranked.sort((a, b) => a.differing - b.differing)[0]?.one;
}

/**
 * The record of an image of a registry: what was attached to it, is a record, and says the same as the image. No layer is
 * read. There are several where other inputs gave the same image. Which is the newest nobody can tell: it is the one that is nearest to
 * what is built now, or where nothing is, the one whose manifest has the first digest.
 *
 * @param root what the reference names: an index, or the manifest of an image of one platform
 * @returns undefined where nothing is attached
 * @throws TbuildError `record-invalid` where there are records but none is of the image; what reading from a registry reports
 */
export async function readRecord(
  root: Descriptor,
  reference: RegistryReference,
  { registries, steps, built }: RecordReading,
): Promise<PublishedRecord | undefined> {
  const repository = registries.repository(reference);
  const attached = await repository.referrers(root.digest, RECORD_TYPE);
  const candidates = attached
    .filter(({ mediaType, size }) => mediaType === MediaTypes.manifest && size <= MANIFEST_LIMIT_BYTES)
    .sort((a, b) => compareUtf8(a.digest, b.digest))
    .slice(0, CANDIDATES_MAX);
  if (candidates.length === 0) return undefined;
  const shown = renderReference(reference);
  const work = () => readAll(repository, candidates, root);
  const { found, problems } = await steps.run(`read the record of ${shown}`, work);
  if (built !== undefined && found.length > 0) return nearest(found, built)!.record;
  const [first, ...others] = found;
  if (first === undefined) {
    const message = `No record that is attached to ${JSON.stringify(shown)} is of it: ${problems[0]!.message}`;
    throw fail('record-invalid', { message, cause: problems[0] });
  }
  if (others.some(({ record }) => !same(record.image, first.record.image))) {
    const message = `The records of ${JSON.stringify(shown)} differ in what the image was built from; that of ${first.digest} is used`;
    steps.report({ kind: 'warning', message });
  }
  return first.record;
}

import type { SourceSpan } from '../errors/index.js';
import { canonicalJson, type Json } from '../oci/index.js';
import {
  artifactChanges,
  configChanges,
  declaredPlaces,
  type EntryChange,
  type EntrySide,
  entryChanges,
  type ImageRecord,
  type LayerRecord,
  layerOrder,
  type PlatformRecord,
  renderInputChanges,
} from '../plan/index.js';
import type { FileTree } from '../tree/index.js';

/** One difference between an expected and a found image. */
export interface Difference {
  /** `layer app (linux/amd64)`, `config (linux/amd64)`, `manifest`, `index`. */
  readonly where: string;
  /** Path of the entry with leading slash, or the field of the config; absent where the bytes differ and no entry does. */
  readonly path?: string;
  readonly expected: string;
  readonly found: string;
  /** The likely cause, as a sentence. */
  readonly cause: string;
  /** Where image.yaml says it. */
  readonly at?: SourceSpan;
}

/** An image to compare: what is in it, and the entries of its layers where they are at hand. */
export interface ComparedImage {
  readonly record: ImageRecord;
  readonly listingOf: (layer: LayerRecord) => FileTree | undefined;
}

/** The rebuilt image, and where image.yaml says what is in it. */
export interface RebuiltImage extends ComparedImage {
  placeOf(field: string): SourceSpan | undefined;
}

/** Every difference of two images, the first one first: platforms, then per platform base, layers bottom up, config. */
export function compareImages(expected: ComparedImage, found: RebuiltImage): readonly Difference[] {
  const differences: Difference[] = [];
  for (const platform of found.record.platforms) {
    const other = expected.record.platforms.find((known) => known.platform === platform.platform);
    if (other === undefined) {
      const cause = 'The expected image has no such platform.';
      differences.push({ where: `platform ${platform.platform}`, expected: 'absent', found: platform.digest, cause });
    } else if (other.digest !== platform.digest) {
      differences.push(...comparePlatforms({ before: other, after: platform, expected, found }));
    }
  }
  for (const platform of expected.record.platforms) {
    if (found.record.platforms.some((known) => known.platform === platform.platform)) continue;
    const cause = 'The manifest no longer lists the platform.';
    differences.push({ where: `platform ${platform.platform}`, expected: platform.digest, found: 'absent', cause });
  }
  if (differences.length > 0 || expected.record.digest === found.record.digest) return differences;
  return [indexDifference(expected.record, found.record)];
}

function indexDifference(expected: ImageRecord, found: ImageRecord): Difference {
  const cause = 'The platforms are the same; their order, or the annotations of the index, differ.';
  return { where: 'index', expected: expected.digest, found: found.digest, cause };
}

interface Pair {
  readonly before: PlatformRecord;
  readonly after: PlatformRecord;
  readonly expected: ComparedImage;
  readonly found: RebuiltImage;
}

function comparePlatforms(pair: Pair): readonly Difference[] {
  const { before, after } = pair;
  const found = [
    ...compareBases(before, after),
    ...compareLayers(pair),
    ...compareOrder(before, after),
    ...compareSettings(pair),
  ];
  if (found.length > 0) return found;
  const cause =
    'Base, layers and config are the same, but the bytes of the manifest are not: another tool, or another format, wrote it.';
  return [{ where: `manifest (${after.platform})`, expected: before.digest, found: after.digest, cause }];
}

function compareBases(before: PlatformRecord, after: PlatformRecord): readonly Difference[] {
  if (before.base?.digest === after.base?.digest) return [];
  const side = (record: PlatformRecord) => (record.base === null ? 'scratch' : record.base.digest);
  const cause =
    after.base === null
      ? `The base ${before.base?.reference} is no longer in the manifest.`
      : `The base ${after.base.reference} is another image than before.`;
  return [{ where: `base (${after.platform})`, expected: side(before), found: side(after), cause }];
}

function compareLayers(pair: Pair): readonly Difference[] {
  const { before, after } = pair;
  const names = new Set([...after.layers, ...before.layers].map((layer) => layer.name));
  return [...names].flatMap((name) => {
    const old = before.layers.find((layer) => layer.name === name);
    const now = after.layers.find((layer) => layer.name === name);
    const where = `layer ${name} (${after.platform})`;
    if (old === undefined)
      return [{ where, expected: 'absent', found: now!.digest, cause: 'The expected image has no such layer.' }];
    if (now === undefined)
      return [{ where, expected: old.digest, found: 'absent', cause: 'The manifest no longer has the layer.' }];
    return old.digest === now.digest ? [] : compareLayer(pair, { old, now, where });
  });
}

interface LayerPair {
  readonly old: LayerRecord;
  readonly now: LayerRecord;
  readonly where: string;
}

function compareLayer(pair: Pair, { old, now, where }: LayerPair): readonly Difference[] {
  const left = pair.expected.listingOf(old);
  const right = pair.found.listingOf(now);
  if (left === undefined || right === undefined) {
    const cause = 'The entries of the expected layer are not in the cache, so they cannot be compared.';
    return [{ where, expected: old.digest, found: now.digest, cause }];
  }
  const causes = {
    baseMoved: pair.before.base?.digest !== pair.after.base?.digest,
    artifactCause: (name: string) => artifactCause(pair, name),
    declared: () => declaredPlaces(pair.after.layers.flatMap((layer) => pair.found.listingOf(layer) ?? [])),
  };
  const changes = entryChanges(left, right, causes);
  if (changes.length > 0) return changes.map((change) => differenceOf(change, where));
  const cause =
    old.diffId === now.diffId
      ? 'The tar is the same; its compression is not.'
      : 'Every entry is the same; the times of the entries, or the writing of the tar, are not.';
  return [{ where, expected: old.digest, found: now.digest, cause }];
}

function renderSide(side: EntrySide | undefined): string {
  if (side === undefined) return 'absent';
  const more = side.digest ?? (side.target === undefined ? undefined : `-> ${side.target}`);
  return [side.kind, side.mode, side.owner, more].filter((part) => part !== undefined && part !== '').join(' ');
}

function differenceOf(change: EntryChange, where: string): Difference {
  const cause = `${change.cause.text}.`;
  const sides = { expected: renderSide(change.before), found: renderSide(change.after) };
  return { where, path: change.path, ...sides, cause, ...placed(change.cause.at) };
}

function placed(at: SourceSpan | undefined): Pick<Difference, 'at'> {
  return at === undefined ? {} : { at };
}

/** Artifacts whose key is as before and whose output is not, in the order in which they are built. */
function irreproducible(before: PlatformRecord, after: PlatformRecord): readonly string[] {
  return after.artifacts
    .filter(({ name, key, output }) =>
      before.artifacts.some((old) => old.name === name && old.key === key && old.output !== output),
    )
    .map(({ name }) => name);
}

/** A new key says what changed; an old key with a new output says that the command does not reproduce itself. */
function artifactCause({ before, after }: Pair, name: string): string {
  const old = before.artifacts.find((artifact) => artifact.name === name);
  const now = after.artifacts.find((artifact) => artifact.name === name);
  if (old === undefined || now === undefined) return 'how it was built is not recorded';
  const changes = artifactChanges(old.facts, now.facts);
  const [culprit] = changes.every(({ what }) => what.startsWith('artifact ')) ? irreproducible(before, after) : [];
  if (changes.length > 0 && culprit !== undefined)
    return `it needs the output of artifact ${culprit}, whose command is not reproducible`;
  const rendered = renderInputChanges(changes);
  if (rendered !== undefined) return rendered;
  return 'its command, inputs and tools are the same, but its output is not: the command is not reproducible';
}

function compareOrder(before: PlatformRecord, after: PlatformRecord): readonly Difference[] {
  const order = layerOrder(before.layers, after.layers);
  if (order === undefined) return [];
  const sides = { expected: order.before.join(', '), found: order.after.join(', ') };
  return [{ where: `layers (${after.platform})`, ...sides, cause: 'The order of the layers changed.' }];
}

function compareSettings({ before, after, found }: Pair): readonly Difference[] {
  const baseMoved = before.base?.digest !== after.base?.digest;
  const show = (value: Json) => (value === null ? 'absent' : canonicalJson(value));
  return configChanges(before, after, { baseMoved, placeOf: found.placeOf }).map(({ cause, ...change }) => ({
    where: `config (${after.platform})`,
    path: change.field,
    expected: show(change.before),
    found: show(change.after),
    cause: `${cause.text}.`,
    ...placed(cause.at),
  }));
}

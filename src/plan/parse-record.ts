import { fail, TbuildError } from '../errors/index.js';
import {
  type ArtifactKey,
  canonicalJson,
  checkTexts,
  type DiffId,
  type Digest,
  digestOf,
  expectList,
  expectObject,
  expectString,
  type ImageConfig,
  type Json,
  LAYERS_MAX,
  type LayerKey,
  MediaTypes,
  member,
  type Place,
  parseImageConfig,
  parsePlatform,
  parseStrictJson,
  wrong,
} from '../oci/index.js';
import { expectDigest, parseListing, parseOrigins } from './parse-record-entries.js';
import { type PublishedRecord, RECORD_LIMIT_BYTES, type RecordSource } from './published-record.js';
import type { ArtifactRecord, ImageRecord, LayerRecord, PlatformRecord } from './record.js';

/** Entries of an index. */
const PLATFORMS_MAX = 1000;
const ARTIFACTS_MAX = 10_000;
/** Images that lie on each other, each of another image.yaml. */
const SOURCES_MAX = 32;

function expectNumbers(place: Place, names: readonly string[]): void {
  for (const name of names) {
    const number = member(place, name);
    if (number.value !== 1) throw wrong(number, '1, which this tbuild knows');
  }
}

function expectNamed(place: Place): string {
  expectObject(place);
  return expectString(member(place, 'name'));
}

function parseArtifact(place: Place): ArtifactRecord {
  const name = expectNamed(place);
  const facts = member(place, 'facts');
  expectObject(facts);
  checkTexts(facts);
  return {
    name,
    key: expectDigest(member(place, 'key')) as string as ArtifactKey,
    output: expectDigest(member(place, 'output')),
    facts: facts.value as ArtifactRecord['facts'],
  };
}

function parseLayer(place: Place): LayerRecord {
  const name = expectNamed(place);
  const key = member(place, 'key');
  return {
    name,
    key: key.value === null ? null : (expectDigest(key) as string as LayerKey),
    digest: expectDigest(member(place, 'digest')),
    diffId: expectDigest(member(place, 'diffId')) as string as DiffId,
  };
}

/** As it is written, so that its digest is that of the image's config. */
function parseConfig(place: Place): ImageConfig {
  expectObject(place);
  const bytes = Buffer.from(canonicalJson(place.value!));
  parseImageConfig(bytes, { mediaType: MediaTypes.config, digest: digestOf(bytes), size: bytes.length });
  return place.value as unknown as ImageConfig;
}

function parsePlatformRecord(place: Place): PlatformRecord {
  expectObject(place);
  const at = (name: string): Place => member(place, name);
  const platform = expectString(at('platform'));
  if (parsePlatform(platform) === undefined) throw wrong(at('platform'), 'a platform');
  const base = at('base');
  if (base.value !== null) expectObject(base);
  const annotations = at('annotations');
  expectObject(annotations);
  checkTexts(annotations);
  return {
    platform,
    digest: expectDigest(at('digest')),
    base:
      base.value === null
        ? null
        : { reference: expectString(member(base, 'reference')), digest: expectDigest(member(base, 'digest')) },
    artifacts: expectList(at('artifacts'), ARTIFACTS_MAX).map(parseArtifact),
    layers: expectList(at('layers'), LAYERS_MAX).map(parseLayer),
    config: parseConfig(at('config')),
    annotations: annotations.value as PlatformRecord['annotations'],
  };
}

function parseImageRecord(place: Place): ImageRecord {
  expectObject(place);
  expectNumbers(place, ['version']);
  const format = member(place, 'format');
  // Of another tbuild: that the number is another one is why its bytes are.
  if (!Number.isSafeInteger(format.value) || Number(format.value) < 1)
    throw wrong(format, 'the number of a byte format');
  const platforms = member(place, 'platforms');
  const images = expectList(platforms, PLATFORMS_MAX).map(parsePlatformRecord);
  const names = new Set(images.map(({ platform }) => platform));
  if (images.length === 0 || names.size < images.length) throw wrong(platforms, 'a list of different platforms');
  return {
    version: 1,
    format: Number(format.value),
    digest: expectDigest(member(place, 'digest')),
    mediaType: expectString(member(place, 'mediaType')),
    platforms: images,
  };
}

function parseListings(place: Place, origins: Place, image: ImageRecord): PublishedRecord['listings'] {
  const listed = new Set(Object.keys(expectObject(place)));
  const known = parseOrigins(origins);
  const own = new Set<Digest>(image.platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
  for (const digest of listed) if (!own.has(digest as Digest)) throw wrong(member(place, digest), 'of a layer');
  return new Map([...own].map((digest) => [digest, parseListing(member(place, digest), known)]));
}

function parseText(place: Place): string {
  if (typeof place.value !== 'string') throw wrong(place, 'a text');
  return place.value;
}

function parseSource(place: Place, depth = 1): RecordSource {
  expectObject(place);
  if (depth > SOURCES_MAX) throw wrong(place, `one of at most ${SOURCES_MAX} images that lie on each other`);
  const [file, lock, base, created] = ['file', 'lock', 'base', 'created'].map((name) => member(place, name));
  const name = expectString(file!);
  if (/[/\0]|^\.{1,2}$/.test(name)) throw wrong(file!, 'a name of a file');
  if (typeof created!.value !== 'number' || created!.value < 0) throw wrong(created!, 'seconds since the epoch');
  return {
    file: name,
    manifest: parseText(member(place, 'manifest')),
    lock: lock!.value === null ? null : parseText(lock!),
    base: base!.value === null ? null : parseSource(base!, depth + 1),
    created: created!.value,
  };
}

function parse(bytes: Uint8Array, document: string): PublishedRecord {
  const place: Place = { document, path: '', value: parseStrictJson(bytes, document) satisfies Json };
  expectObject(place);
  expectNumbers(place, ['version']);
  const image = parseImageRecord(member(place, 'image'));
  const listings = parseListings(member(place, 'layers'), member(place, 'origins'), image);
  return { image, listings, source: parseSource(member(place, 'source')) };
}

/**
 * The record in these bytes, which anybody may have written: whether it is of an image, the image has to tell. Members that
 * are not known are passed over.
 *
 * @param shown how messages call it: `Record sha256:…`
 * @throws TbuildError `record-invalid`
 */
export function parseRecord(bytes: Uint8Array, shown: string): PublishedRecord {
  if (bytes.length > RECORD_LIMIT_BYTES) {
    throw fail('record-invalid', { message: `${shown} has ${bytes.length} bytes, the limit is ${RECORD_LIMIT_BYTES}` });
  }
  try {
    return parse(bytes, shown);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    throw fail('record-invalid', { message: error.message, details: error.details, cause: error });
  }
}

import { TbuildError } from '../errors/index.js';
import {
  type Descriptor,
  type Digest,
  isDigest,
  type Json,
  type Platform,
  parsePlatform,
  parseReference,
} from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import type {
  ArtifactPin,
  FilePin,
  ImageLock,
  ImagePin,
  PackagePin,
  PackagesPin,
  PlatformLock,
  TreeFact,
  TreeFacts,
} from './image-lock.js';
import { jsonOf, listOf, mapOf, objectOf, type Rule, type Shape, scalarOf, textOf } from './json-shape.js';
import { isPoolPath } from './pool-path.js';
import { isTreeFact, isTreePath } from './tree-fact.js';

const matching = (pattern: RegExp, wanted: string): Rule => ({ isMet: (text) => pattern.test(text), wanted });

function isFetchUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

function isImageReference(text: string): boolean {
  try {
    return ['docker', 'docker-daemon'].includes(parseReference(text).transport);
  } catch (error) {
    if (error instanceof TbuildError) return false;
    throw error;
  }
}

const FETCH_URL: Rule = { isMet: isFetchUrl, wanted: 'an http or https URL without user name' };
const PLATFORM: Rule = { isMet: (text) => parsePlatform(text) !== undefined, wanted: 'a platform' };
const REFERENCE: Rule = {
  isMet: isImageReference,
  wanted: 'a reference of a registry or of the docker daemon, in full',
};
const LAYER = matching(/^[^#]+(#([2-9]|[1-9][0-9]+))?$/, 'a layer, or a layer with "#" and a number from 2');
const ARTIFACT: Rule = { isMet: (name) => name !== '', wanted: 'a name of an artifact' };
const TREE_PATH: Rule = { isMet: isTreePath, wanted: 'a path without "/" at its start, "." and ".."' };
const POOL_PATH: Rule = { isMet: isPoolPath, wanted: 'a path that stays in the archive' };
/** Debian Policy, 5.6.1 "Source", 5.6.12 "Version", 11.1 "Architecture specification strings". */
const PACKAGE = matching(/^[a-z0-9][a-z0-9+.-]*$/, 'a name of a package');
const VERSION = matching(/^[A-Za-z0-9.+~:-]+$/, 'a version of a package');
const ARCHITECTURE = matching(/^[a-z0-9][a-z0-9-]*$/, 'an architecture');

const any = textOf({ isMet: () => true, wanted: 'a text' });
const text = textOf({ isMet: (value) => value !== '', wanted: 'a text' });
const digest = scalarOf((value): value is Digest => isDigest(value), 'a sha256 digest');
const size = scalarOf((value): value is number => typeof value === 'number' && value >= 0, 'a number of bytes');
const one = scalarOf((value): value is 1 => value === 1, '1');

const filePin = objectOf<FilePin>({ digest, size });

/** OCI image-spec, "Content Descriptors". What is not known is kept, since the base's descriptors stay as they are. */
const descriptor = objectOf<Descriptor>(
  {
    mediaType: text,
    digest,
    size,
    artifactType: any,
    annotations: mapOf({ isMet: () => true, wanted: '' }, () => any),
    platform: objectOf<Platform>(
      { os: text, architecture: text, variant: any },
      { optional: ['variant'], isOpen: true },
    ),
  },
  { optional: ['artifactType', 'annotations', 'platform'], isOpen: true },
);

const tree: Shape<TreeFacts> = mapOf(TREE_PATH, () =>
  jsonOf(
    (value): value is readonly (TreeFact & Json)[] | null => value === null || isTreeFact(value),
    'what can be at a path of a tree',
  ),
);

const imagePin = objectOf<ImagePin>(
  { reference: textOf(REFERENCE), manifest: descriptor, config: descriptor, layers: listOf(descriptor), tree },
  { optional: ['tree'] },
);

/** The pin of an image that stands under its reference. */
function imagePinOf(reference: string): Shape<ImagePin> {
  return (cursor) => {
    const { value: pin, range } = cursor.ranged(() => imagePin(cursor));
    if (pin.reference === reference) return pin;
    const problem = `the image ${JSON.stringify(reference)} has the reference ${JSON.stringify(pin.reference)}`;
    throw cursor.refuse([range[0], range[0] + 1], problem);
  };
}

const packagePin = objectOf<PackagePin>({
  name: textOf(PACKAGE),
  version: textOf(VERSION),
  architecture: textOf(ARCHITECTURE),
  suite: textOf(matching(/^[^\s/]+(\/[^\s/]+)*\/?$/, 'a suite')),
  path: textOf(POOL_PATH),
  digest,
  size,
});

/** Orders packages as they stand in a lock. */
export function comparePackages(a: PackagePin, b: PackagePin): number {
  return compareUtf8(a.name, b.name) || compareUtf8(a.architecture, b.architecture);
}

/** A package twice is what a merge of two locks may leave. */
const packagePins: Shape<readonly PackagePin[]> = (cursor) => {
  const pins = new Map<string, PackagePin>();
  cursor.items(() => {
    const { value: pin, range } = cursor.ranged(() => packagePin(cursor));
    const key = `${pin.name}:${pin.architecture}`;
    if (pins.has(key)) throw cursor.refuse(range, `the package ${pin.name} (${pin.architecture}) is pinned twice`);
    pins.set(key, pin);
  });
  return [...pins.values()].sort(comparePackages);
};

const platformLock = objectOf<PlatformLock>(
  {
    base: imagePin,
    images: mapOf(REFERENCE, imagePinOf),
    debian: mapOf(LAYER, () => objectOf<PackagesPin>({ request: digest, packages: packagePins })),
    artifacts: mapOf(ARTIFACT, () => objectOf<ArtifactPin>({ request: digest, output: digest })),
  },
  { optional: ['base', 'artifacts'] },
);

/** image.lock.json, version 1. */
export const lockShape: Shape<ImageLock> = objectOf<ImageLock>({
  version: one,
  format: one,
  fetches: mapOf(FETCH_URL, () => filePin),
  platforms: mapOf(PLATFORM, () => platformLock),
});

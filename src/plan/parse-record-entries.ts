import {
  checkTexts,
  type Digest,
  expectList,
  expectObject,
  expectString,
  isAbsent,
  isDigest,
  type Json,
  member,
  type Place,
  wrong,
} from '../oci/index.js';
import { ancestorsOf, type Entry, type FileTree, type Origin, treeOf, whiteoutOf } from '../tree/index.js';

/** As many as an archive may have. */
const ENTRIES_MAX = 1_000_000;
/** PATH_MAX and NAME_MAX of Linux: what the reader of archives takes. */
const PATH_MAX_BYTES = 4096;
const NAME_MAX_BYTES = 255;
/** Linux keeps 2^32−1 for "none". */
const ID_MAX = 2 ** 32 - 2;
const DEVICE_MAX = 0o7777777;
const MODE_MAX = 0o7777;
const CLAIMS = ['declared', 'walked', 'implied'] as const;

const contentsAreElsewhere = (): never => {
  throw new Error('a record has no contents');
};

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= NAME_MAX_BYTES;
}

/** True for a path as archives may have it: relative, in its shortest form, well-formed Unicode. */
function isEntryPath(path: string): boolean {
  if (path.length > PATH_MAX_BYTES || /\p{Surrogate}|\0/u.test(path) || Buffer.byteLength(path) > PATH_MAX_BYTES)
    return false;
  return path.split('/').every(isName);
}

function expectPath(place: Place): string {
  const { value } = place;
  if (typeof value !== 'string' || !isEntryPath(value)) throw wrong(place, 'a path in an image');
  return value;
}

export function expectDigest(place: Place): Digest {
  if (!isDigest(place.value)) throw wrong(place, 'a sha256 digest');
  return place.value;
}

function expectNumber(place: Place, most: number): number {
  const { value } = place;
  if (typeof value !== 'number' || value < 0 || value > most) throw wrong(place, `a number from 0 to ${most}`);
  return value;
}

function textIfAny(place: Place): string | undefined {
  return place.value === undefined ? undefined : expectString(place);
}

function parsePackage(place: Place): { readonly package?: NonNullable<Origin['package']> } {
  if (place.value === undefined) return {};
  expectObject(place);
  const [name, version, source] = ['name', 'version', 'source'].map((key) => expectString(member(place, key)));
  return { package: { name: name!, version: version!, source: source! } };
}

function parseOrigin(place: Place): Origin {
  expectObject(place);
  const why = textIfAny(member(place, 'why'));
  return {
    kind: expectString(member(place, 'kind')),
    label: expectString(member(place, 'label')),
    ...parsePackage(member(place, 'package')),
    ...(why !== undefined && { why }),
  };
}

export function parseOrigins(place: Place): readonly Origin[] {
  return expectList(place, ENTRIES_MAX).map(parseOrigin);
}

function originOf(place: Place, origins: readonly Origin[]): Origin {
  const number = member(place, 'origin');
  const origin = origins[expectNumber(number, origins.length - 1)];
  if (origin === undefined) throw wrong(number, 'the number of an origin');
  const from = member(place, 'source');
  // Empty where a whole output of an artifact goes to a directory.
  const source = from.value === '' ? '' : textIfAny(from);
  return source === undefined ? origin : { ...origin, source };
}

function parseWhiteout(place: Place, origin: Origin): Entry {
  const [removes, opaque] = [member(place, 'removes'), member(place, 'opaque')];
  if (typeof opaque.value !== 'boolean') throw wrong(opaque, 'true or false');
  const isRoot = opaque.value && removes.value === '';
  return whiteoutOf(isRoot ? '' : expectPath(removes), opaque.value, origin);
}

function parseXattrs(place: Place): { readonly xattrs?: ReadonlyMap<string, Uint8Array> } {
  if (isAbsent(place)) return {};
  checkTexts(place);
  const xattrs = Object.entries(expectObject(place)).map(([name, text]): [string, Uint8Array] => {
    const value = Buffer.from(text as string, 'base64');
    if (value.toString('base64') !== text) throw wrong(member(place, name), 'base64');
    return [name, value];
  });
  return { xattrs: new Map(xattrs) };
}

function parseClaim(place: Place): (typeof CLAIMS)[number] {
  const claim = CLAIMS.find((known) => known === place.value);
  if (claim === undefined) throw wrong(place, `one of ${CLAIMS.join(', ')}`);
  return claim;
}

function parseEntry(place: Place, origins: readonly Origin[]): Entry {
  expectObject(place);
  const at = (name: string): Place => member(place, name);
  const origin = originOf(place, origins);
  const kind = at('kind');
  if (kind.value === 'whiteout') return parseWhiteout(place, origin);
  const facts = {
    path: expectPath(at('path')),
    mode: expectNumber(at('mode'), MODE_MAX),
    uid: expectNumber(at('uid'), ID_MAX),
    gid: expectNumber(at('gid'), ID_MAX),
    ...parseXattrs(at('xattrs')),
    origin,
  };
  switch (kind.value) {
    case 'file': {
      const size = expectNumber(at('size'), Number.MAX_SAFE_INTEGER);
      return { ...facts, kind: 'file', size, digest: expectDigest(at('digest')), open: contentsAreElsewhere };
    }
    case 'directory':
      return { ...facts, kind: 'directory', claim: parseClaim(at('claim')) };
    case 'symlink':
      return { ...facts, kind: 'symlink', target: expectString(at('target')) };
    case 'character-device':
    case 'block-device':
    case 'fifo': {
      const [deviceMajor, deviceMinor] = ['deviceMajor', 'deviceMinor'].map((name) =>
        expectNumber(at(name), DEVICE_MAX),
      );
      return { ...facts, kind: kind.value, deviceMajor: deviceMajor!, deviceMinor: deviceMinor! };
    }
    default:
      throw wrong(kind, 'a kind of entry');
  }
}

/** Two entries with one path, and one below what is no directory: each way of extracting would give another tree. */
function checkedTree(place: Place, entries: readonly Entry[]): FileTree {
  const paths = new Map<string, Entry['kind']>();
  for (const { path, kind } of entries) {
    if (paths.has(path)) throw wrong({ ...place, value: path as Json }, 'the only entry with its path');
    paths.set(path, kind);
  }
  for (const { path } of entries) {
    for (const parent of ancestorsOf(path)) {
      const kind = paths.get(parent);
      if (kind === 'directory') break;
      if (kind !== undefined) throw wrong({ ...place, value: path as Json }, `below a ${kind}`);
    }
  }
  return treeOf(entries);
}

/** The entries of one layer. @throws TbuildError `image-invalid` */
export function parseListing(place: Place, origins: readonly Origin[]): FileTree {
  return checkedTree(
    place,
    expectList(place, ENTRIES_MAX).map((entry) => parseEntry(entry, origins)),
  );
}

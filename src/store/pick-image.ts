import { fail } from '../errors/index.js';
import {
  type Descriptor,
  fullImageName,
  type ImageIndex,
  isImageName,
  type Reference,
  renderReference,
  tagOfName,
} from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import { imageNameOf, refNameOf } from './layout-files.js';

/** An image among several. */
export interface NamedImage<T> {
  readonly image: T;
  /** Equal for entries that are one image. */
  readonly identity: string;
  /** Tags, or whole names with tags. */
  readonly names: readonly string[];
  /** Whole names that say the same as `names` and more. */
  readonly aliases?: readonly string[];
}

/** How a reference calls the image where it is; undefined where it means the only one. What a daemon gives is one image. */
export function nameIn(reference: Reference): string | undefined {
  return reference.transport === 'docker-daemon' ? undefined : reference.tag;
}

/** `It holds the tags "1.0" and "latest".` */
function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'It holds no tags.';
  const noun = names.some(isImageName) ? 'name' : 'tag';
  return `It holds the ${noun}${names.length === 1 ? '' : 's'} ${names.map((name) => JSON.stringify(name)).join(', ')}.`;
}

/**
 * The images that a name means: those that are called exactly so; if none is, those whose name is the same when docker's
 * short forms are written out; for a bare tag, those with a whole name that ends with it (or that is this name under
 * `latest`).
 */
function imagesCalled<T>(images: readonly NamedImage<T>[], name: string): readonly NamedImage<T>[] {
  const full = fullImageName(name);
  const isSame = (other: string): boolean => full !== undefined && fullImageName(other) === full;
  const ways = [
    (other: string): boolean => other === name,
    (other: string): boolean => isImageName(name) && isSame(other),
    (other: string): boolean =>
      !isImageName(name) && isImageName(other) && (tagOfName(other) === name || isSame(other)),
  ];
  return (
    ways
      .map((way) => images.filter(({ names, aliases = [] }) => [...names, ...aliases].some(way)))
      .find((found) => found.length > 0) ?? []
  );
}

/** A reference without the name of an image, for messages. */
function shownPlace(reference: Reference): string {
  const place = 'path' in reference ? { transport: reference.transport, path: reference.path } : reference;
  return JSON.stringify(renderReference(place));
}

/** Many images, or none, where one is meant. */
function notOne<T>(found: readonly NamedImage<T>[], images: readonly NamedImage<T>[], reference: Reference): Error {
  const [shown, name] = [shownPlace(reference), nameIn(reference)];
  const identities = [...new Set(found.map(({ identity }) => identity))];
  if (name !== undefined && found.length > 0 && found.every(({ names }) => names.includes(name))) {
    return fail('image-invalid', {
      message: `${shown} has the tag ${JSON.stringify(name)} on ${identities.length} different images`,
      details: { digests: identities },
    });
  }
  const listed = found.length > 0 ? found : images;
  const names = [...new Set(listed.flatMap((item) => item.names))].sort(compareUtf8);
  const count = found.length === 0 ? 'no image' : `${identities.length} images`;
  const what = isImageName(name ?? '') ? 'image' : 'tag';
  const problems =
    found.length === 0
      ? `has no ${what} ${JSON.stringify(name)}`
      : `holds ${count} that ${JSON.stringify(name)} may mean`;
  return fail('image-missing', {
    message: `${shown} ${name === undefined ? `holds ${count}` : problems}`,
    hint: images.length === 0 && name === undefined ? undefined : `${describeNames(names)} Name one after a colon.`,
    details: { tags: names },
  });
}

/**
 * The image that a reference means: the one with its name, or without a name the only one.
 * @throws TbuildError `image-missing`, naming what is there; `image-invalid` where one name is given to two images
 */
export function pickNamed<T>(images: readonly NamedImage<T>[], reference: Reference): T {
  const name = nameIn(reference);
  const found = name === undefined ? images : imagesCalled(images, name);
  const [first] = found;
  if (first !== undefined && new Set(found.map(({ identity }) => identity)).size === 1) return first.image;
  throw notOne(found, images, reference);
}

const textsOf = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);

/**
 * The image that a reference means in `index.json`.
 * @throws TbuildError `image-missing`, `image-invalid`, as `pickNamed`
 */
export function pickImage(index: ImageIndex, reference: Reference): Descriptor {
  const images = index.manifests.map((image) => ({
    image,
    identity: image.digest,
    names: textsOf(refNameOf(image)),
    aliases: textsOf(imageNameOf(image)),
  }));
  const { mediaType, digest, size, platform } = pickNamed(images, reference);
  return platform === undefined ? { mediaType, digest, size } : { mediaType, digest, size, platform };
}

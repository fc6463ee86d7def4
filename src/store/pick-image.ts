import { fail } from '../errors/index.js';
import { type Descriptor, type ImageIndex, type Reference, renderReference } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import { refNameOf } from './layout-files.js';

/** `It holds the tags "1.0" and "latest".` */
export function describeTags(tags: readonly string[]): string {
  if (tags.length === 0) return 'It holds no tags.';
  const names = [...new Set(tags)].sort(compareUtf8).map((tag) => JSON.stringify(tag));
  return `It holds the ${names.length === 1 ? 'tag' : 'tags'} ${names.join(', ')}.`;
}

/**
 * The image that a reference means in `index.json`: the one with its tag, or without a tag the only one.
 * @throws TbuildError `image-missing`, naming the tags that are there; `image-invalid` where a tag means two images
 */
export function pickImage(index: ImageIndex, reference: Reference): Descriptor {
  const { tag } = reference;
  const shown = JSON.stringify(renderReference({ transport: reference.transport, path: reference.path }));
  const entries = index.manifests.filter((entry) => tag === undefined || refNameOf(entry) === tag);
  const digests = new Set(entries.map((entry) => entry.digest));
  const [first] = entries;
  if (first !== undefined && digests.size === 1) {
    const { mediaType, digest, size, platform } = first;
    return platform === undefined ? { mediaType, digest, size } : { mediaType, digest, size, platform };
  }
  if (first !== undefined && tag !== undefined) {
    throw fail('image-invalid', {
      message: `${shown} has the tag ${JSON.stringify(tag)} on ${digests.size} different images`,
      details: { digests: [...digests] },
    });
  }
  const tags = index.manifests.map(refNameOf).filter((name) => name !== undefined);
  const problem = first === undefined ? 'holds no image' : `holds ${digests.size} images`;
  throw fail('image-missing', {
    message: tag === undefined ? `${shown} ${problem}` : `${shown} has no tag ${JSON.stringify(tag)}`,
    hint: first === undefined && tag === undefined ? undefined : `${describeTags(tags)} Name one after a colon.`,
    details: { tags },
  });
}

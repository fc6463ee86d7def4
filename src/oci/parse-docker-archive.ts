import { expectList, expectObject, expectString, isAbsent, member, type Place } from './json-shape.js';
import { LAYERS_MAX } from './parse-image.js';
import { parseStrictJson } from './strict-json.js';

/** One image of `manifest.json` in an archive of `docker save`. Paths are of members of the archive. */
export interface DockerArchiveImage {
  readonly config: string;
  /** `name:tag` each. */
  readonly repoTags: readonly string[];
  readonly layers: readonly string[];
}

const MAX_IMAGES = 1000;

/**
 * `manifest.json` of an archive of `docker save` (moby image spec v1.2). Members that are not known are passed over.
 * @param shown how messages call the file
 * @throws TbuildError `image-invalid`
 */
export function parseDockerArchive(bytes: Uint8Array, shown: string): readonly DockerArchiveImage[] {
  const root: Place = { document: shown, path: '', value: parseStrictJson(bytes, shown) };
  return expectList(root, MAX_IMAGES).map((item) => {
    expectObject(item);
    const tags = member(item, 'RepoTags');
    return {
      config: expectString(member(item, 'Config')),
      repoTags: isAbsent(tags) ? [] : expectList(tags, MAX_IMAGES).map(expectString),
      layers: expectList(member(item, 'Layers'), LAYERS_MAX).map(expectString),
    };
  });
}

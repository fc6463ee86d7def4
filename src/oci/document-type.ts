import { expectObject, isAbsent, member, type Place, wrong } from './json-shape.js';
import { MediaTypes } from './media-types.js';
import { parseStrictJson } from './strict-json.js';

/**
 * The media type of a manifest or index that nothing describes: what it says of itself. Early OCI documents do not
 * say it (image-spec before 1.1): then an index is what lists manifests, and Docker's documents always say it.
 *
 * @param shown how messages call the document
 * @throws TbuildError `image-invalid`
 */
export function documentType(bytes: Uint8Array, shown: string): string {
  const root: Place = { document: shown, path: '', value: parseStrictJson(bytes, shown) };
  expectObject(root);
  const mediaType = member(root, 'mediaType');
  if (isAbsent(mediaType)) return isAbsent(member(root, 'manifests')) ? MediaTypes.manifest : MediaTypes.index;
  if (typeof mediaType.value !== 'string') throw wrong(mediaType, 'a text');
  return mediaType.value;
}

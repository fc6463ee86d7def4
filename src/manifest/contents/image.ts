import { accepted } from '../complaint.js';
import type { ImageContent } from '../content-declaration.js';
import { destinationOf } from '../destination.js';
import type * as Yaml from '../generated/image-yaml.js';
import { parseSourceImage } from '../image-name.js';
import { closureOf } from './closure.js';
import { factsOf, type Place, placePatternsOf } from './place.js';

export function imageOf(written: Yaml.ImageContent, place: Place): ImageContent {
  const { path, spanOf } = place;
  return {
    kind: 'image',
    reference: accepted(parseSourceImage(written.image)),
    text: written.image,
    paths: placePatternsOf(written.paths, [...path, 'paths'], spanOf),
    to: written.to === undefined ? undefined : destinationOf(written.to),
    closure: closureOf(written, path, spanOf),
    ...factsOf(written, place),
  };
}

import type { ManifestPath } from '../build-manifest.js';
import type { ClosureDeclaration } from '../content-declaration.js';
import type * as Yaml from '../generated/image-yaml.js';
import { placePatternsOf, type SpanOf } from './place.js';

/** `closure` of the map at the path, with `extras` beside it. */
export function closureOf(
  written: { readonly closure?: Yaml.Closure; readonly extras?: readonly string[] },
  path: ManifestPath,
  spanOf: SpanOf,
): ClosureDeclaration | undefined {
  const { closure = false, extras = [] } = written;
  if (closure === false) return undefined;
  if (closure === true) return { extras: placePatternsOf(extras, [...path, 'extras'], spanOf), nameService: false };
  const own = placePatternsOf(closure.extras ?? [], [...path, 'closure', 'extras'], spanOf);
  return { extras: own, nameService: closure['name-service'] ?? false };
}

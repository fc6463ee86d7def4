import type { ManifestPath } from '../build-manifest.js';
import { accepted } from '../complaint.js';
import type { DebianContent, DebianSource } from '../content-declaration.js';
import { parsePackageRequest } from '../debian-names.js';
import type * as Yaml from '../generated/image-yaml.js';
import { parseMirror } from '../web-url.js';
import { closureOf } from './closure.js';
import { factsOf, type Place, placePatternsOf, type SpanOf } from './place.js';

type Written = Yaml.DebianContent['debian'];

/** What a source says of where it is. */
export interface SourceLocation {
  readonly mirror?: string | readonly string[];
  readonly snapshot?: string;
  readonly archive?: string;
}

const MIRROR = 'http://deb.debian.org/debian';
const ARCHIVE = 'debian';
const COMPONENTS = ['main'];

/** Where a source is: where it does not say so itself, there where the first is. */
export function locationOf(source: SourceLocation, first: SourceLocation): Pick<SourceLocation, 'mirror' | 'snapshot'> {
  return source.mirror === undefined && source.snapshot === undefined ? first : source;
}

function mirrorsOf(source: SourceLocation, first: SourceLocation): Pick<DebianSource, 'mirrors' | 'isSnapshot'> {
  const { mirror = MIRROR, snapshot } = locationOf(source, first);
  if (snapshot !== undefined) {
    const address = `https://snapshot.debian.org/archive/${source.archive ?? ARCHIVE}/${snapshot}/`;
    return { mirrors: [new URL(address)], isSnapshot: true };
  }
  return { mirrors: [mirror].flat().map((text) => accepted(parseMirror(text))), isSnapshot: false };
}

function sourcesOf(written: Written, path: ManifestPath, spanOf: SpanOf): readonly DebianSource[] {
  const more = (written.sources ?? []).map((source, index) => ({ source, at: spanOf([...path, 'sources', index]) }));
  return [{ source: written, at: spanOf([...path, 'suite']) }, ...more].map(({ source, at }) => ({
    ...mirrorsOf(source, written),
    suite: source.suite,
    components: source.components ?? COMPONENTS,
    at,
  }));
}

export function debianOf(content: Yaml.DebianContent, place: Place): DebianContent {
  const { debian: written } = content;
  const path = [...place.path, 'debian'];
  const { spanOf } = place;
  const { keyring, packages, exclude, recommends, essential, slim, paths } = written;
  return {
    kind: 'debian',
    sources: sourcesOf(written, path, spanOf),
    keyring: keyring === undefined ? undefined : { path: keyring, at: spanOf([...path, 'keyring']) },
    packages: packages.map((text, index) => ({
      ...accepted(parsePackageRequest(text)),
      at: spanOf([...path, 'packages', index]),
    })),
    exclude: exclude ?? [],
    recommends: recommends ?? false,
    essential: essential ?? false,
    slim: slim ?? false,
    paths: paths === undefined ? undefined : placePatternsOf(paths, [...path, 'paths'], spanOf),
    closure: closureOf(written, path, spanOf),
    ...factsOf(content, place),
  };
}

import type { Digest } from '../../oci/index.js';
import { compareUtf8 } from '../../util/index.js';
import { parseByteCount } from '../byte-count.js';
import { accepted } from '../complaint.js';
import type { FetchContent, SecretHeader } from '../content-declaration.js';
import { destinationOf } from '../destination.js';
import type * as Yaml from '../generated/image-yaml.js';
import { parseWebUrl } from '../web-url.js';
import { factsOf, modeOf, type Place, selectionOf } from './place.js';

const LIMIT_BYTES = 2 * 1024 ** 3;

function urlsOf(written: Yaml.FetchContent['fetch'], { path, spanOf }: Place): FetchContent['urls'] {
  const at = [...path, 'fetch'];
  if (typeof written === 'string') return [{ url: accepted(parseWebUrl(written)), at: spanOf(at) }];
  return written.map((text, index) => ({ url: accepted(parseWebUrl(text)), at: spanOf([...at, index]) }));
}

function limitOf(written: Yaml.FetchContent['limit']): number {
  return typeof written === 'string' ? accepted(parseByteCount(written)) : (written ?? LIMIT_BYTES);
}

/** Sorted by name, so that the order of the file is no input. */
function headersOf(written: Yaml.FetchContent['headers'] = {}, { path, spanOf }: Place): readonly SecretHeader[] {
  const headers = Object.entries(written).map(([name, { env, prefix }]) => ({
    name: name.toLowerCase(),
    variable: env,
    prefix: prefix ?? '',
    at: spanOf([...path, 'headers', name]),
  }));
  return headers.sort((a, b) => compareUtf8(a.name, b.name));
}

function extractOf({ extract }: Yaml.FetchContent, { path, spanOf }: Place): FetchContent['extract'] {
  if (extract === undefined) return undefined;
  return { strip: extract.strip ?? 0, selection: selectionOf(extract, [...path, 'extract'], spanOf) };
}

export function fetchOf(written: Yaml.FetchContent, place: Place): FetchContent {
  const { sha256 } = written;
  return {
    kind: 'fetch',
    urls: urlsOf(written.fetch, place),
    digest: sha256 === undefined ? undefined : (`sha256:${sha256}` as Digest),
    limitBytes: limitOf(written.limit),
    headers: headersOf(written.headers, place),
    extract: extractOf(written, place),
    to: destinationOf(written.to),
    mode: modeOf(written.mode),
    capabilities: written.capabilities ?? [],
    ...factsOf(written, place),
  };
}

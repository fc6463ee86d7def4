import { canonicalJson, type Json } from '../oci/index.js';
import type { PublishedRecord, RecordSource } from './published-record.js';

/** Where a text names somebody's password. */
export interface SecretPlace {
  /** The file without directories. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

const SEPARATOR = '://';
const SCHEME_MAX = 32;
/** Tokens are long; what is longer is none. */
const USER_MAX = 4096;
/** Where a user's name alone is mostly a token. */
const WEB = /^(?:https?|ftps?)$/i;
/** What a shell or tbuild puts something in the place of. */
const VARIABLE = /^\$/;

/** What stands for the secret in front of a host (RFC 3986, 3.2.1): a password, or on the web a name without one. */
function secretOf(scheme: string, user: string): string | undefined {
  const colon = user.indexOf(':');
  if (colon >= 0) return user.slice(colon + 1);
  return WEB.test(scheme) ? user : undefined;
}

/** URLs with a secret before their host, up to the host; with where they begin. */
function* secretUrls(text: string): Generator<{ readonly start: number; readonly url: string }> {
  for (let at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, at + 1)) {
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, at - SCHEME_MAX), at))?.[0];
    const begin = at + SEPARATOR.length;
    const user = /^[^\s/?#"'`<>\\]*@/.exec(text.slice(begin, begin + USER_MAX))?.[0].slice(0, -1);
    if (scheme === undefined || user === undefined) continue;
    const secret = secretOf(scheme, user);
    if (secret === undefined || secret === '' || VARIABLE.test(secret)) continue;
    yield { start: at - scheme.length, url: `${scheme}${SEPARATOR}${user}@` };
  }
}

function sourcesOf(source: RecordSource): readonly RecordSource[] {
  return source.base === null ? [source] : [source, ...sourcesOf(source.base)];
}

/**
 * The first place in the sources of a record where a URL holds a password or a token that the image itself does not
 * show already; undefined where there is none. A comment counts: the whole text goes into the record.
 */
export function secretInSource({ image, source }: PublishedRecord): SecretPlace | undefined {
  const shown = canonicalJson(image as unknown as Json);
  for (const { file, manifest } of sourcesOf(source)) {
    for (const { start, url } of secretUrls(manifest)) {
      if (!shown.includes(url)) return { file, line: manifest.slice(0, start).split('\n').length };
    }
  }
  return undefined;
}

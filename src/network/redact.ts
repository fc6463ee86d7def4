const HIDDEN = '…';
const LONGEST = 500;

/** What could steer a terminal, or break a line, as `\u{…}`. */
export function escapeControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** As the parser of URLs reads it, where it can. */
function normalise(url: string): string {
  try {
    const { protocol, href } = new URL(url);
    if (protocol === 'https:' || protocol === 'http:') return href;
  } catch {
    // Not absolute, or none at all: shown as it is written.
  }
  return url.replaceAll(/[\t\r\n]/g, '');
}

function hideQuery(query: string): string {
  const items = query.split('&');
  return items.map((item) => (item.includes('=') ? `${item.slice(0, item.indexOf('='))}=${HIDDEN}` : HIDDEN)).join('&');
}

/** A URL for messages: origin and path. The values of the query and user information may be secrets. */
export function redactUrl(url: URL | string): string {
  const [, start = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/s.exec(normalise(String(url)))!;
  const bare = start.replace(/^((?:[a-z][a-z0-9+.-]*:)?[/\\]{2,})?[^/]*@/i, `$1${HIDDEN}@`);
  const text = escapeControls(query === '' ? bare : `${bare}?${hideQuery(query)}`);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}${HIDDEN}` : text;
}

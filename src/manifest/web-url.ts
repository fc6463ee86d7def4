import { closestOf, hideUserInformation } from '../util/index.js';
import { type Complaint, isComplaint } from './complaint.js';

const SCHEMES = ['https', 'http'];
const HINT = 'Write a URL that begins with https:// or http://.';

function notWeb(text: string): Complaint {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  if (scheme === 'file')
    return { reason: 'which is a file of this machine', hint: 'Put it beside image.yaml and use "files".' };
  const meant = scheme === undefined ? undefined : closestOf(scheme, SCHEMES);
  const hint = meant === undefined ? HINT : `Did you mean "${meant}://…"?`;
  return { reason: 'which is no address of the web', hint };
}

/** What a URL of image.yaml never holds: secrets, and what no server is told. */
function surplusIn(text: string): Complaint | undefined {
  if (/^https?:\/\/[^/?#]*@/i.test(text)) {
    const hint = 'Put user and password into a netrc file.';
    return { reason: 'which holds a user or password', hint, shown: hideUserInformation(text) };
  }
  const [, fragment] = /#(.*)$/.exec(text) ?? [];
  if (fragment === undefined) return undefined;
  const hint = /^sha256(sum)?[=:]/i.test(fragment) ? 'Write the sum as sha256.' : 'Leave out "#" and what follows.';
  return { reason: 'which has a fragment', hint };
}

/** A URL of the web that names no secret: http or https, no user information (RFC 3986, 3.2.1), no fragment. */
export function parseWebUrl(text: string): URL | Complaint {
  if (/[\s\\\x00-\x1f\x7f]/.test(text)) {
    return { reason: 'which holds white space, a backslash or a control character', hint: HINT };
  }
  // To `new URL` more slashes are none, and the first name of the path is the host.
  if (!/^https?:\/\/[^/]/i.test(text)) return notWeb(text);
  const surplus = surplusIn(text);
  if (surplus !== undefined) return surplus;
  return URL.canParse(text) ? new URL(text) : { reason: 'which is no URL', hint: HINT };
}

/** The address of an archive of packages, with a slash at the end. */
export function parseMirror(text: string): URL | Complaint {
  const url = parseWebUrl(text);
  if (isComplaint(url)) return url;
  if (text.includes('?'))
    return { reason: 'which has a query', hint: 'A mirror is a directory: http://deb.debian.org/debian.' };
  const inside = /\/(dists|pool)(\/|$)/.exec(url.pathname);
  if (inside !== null) {
    const hint = `Write what stands before "/${inside[1]}": "${url.origin}${url.pathname.slice(0, inside.index)}".`;
    return { reason: 'which leads into the archive', hint };
  }
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`);
}

/** The last name of the path, decoded; undefined where there is none that can be decoded. */
export function nameOfUrl(url: URL): string | undefined {
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  try {
    return name === '' ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

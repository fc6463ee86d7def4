import type { Complaint } from './complaint.js';
import type { Destination } from './content-declaration.js';
import { quote } from './source-node.js';

const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 4096;

function checkName(name: string): Complaint | undefined {
  const shown = JSON.stringify(name.slice(0, 80));
  if (name === '') return { reason: 'which has two slashes in a row' };
  if (name === '.' || name === '..')
    return { reason: `which has a ${shown} in it`, hint: 'Write the path it leads to.' };
  if (name.startsWith('.wh.')) {
    const hint = 'Names that begin with ".wh." mark removed files in a layer.';
    return { reason: `and an image cannot hold the name ${shown}`, hint };
  }
  if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return undefined;
  return { reason: `which has a name of more than ${LONGEST_NAME_BYTES} bytes` };
}

/** Rules for a path below a root, without leading or trailing slash: limits of Linux, whiteouts of the OCI layer format. */
export function checkRelativePath(path: string): Complaint | undefined {
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES)
    return { reason: `which has more than ${LONGEST_PATH_BYTES} bytes` };
  for (const name of path.split('/')) {
    const complaint = checkName(name);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** `/usr/bin/` → `usr/bin`. */
function strip(text: string): string {
  return text.replace(/^\//, '').replace(/\/$/, '');
}

/** An absolute path in the image: nothing to normalise, nothing that Linux or the layer format cannot hold. */
export function checkDestination(text: string): Complaint | undefined {
  if (!text.startsWith('/')) return { reason: 'which is not absolute', hint: 'Begin the path in the image with "/".' };
  const path = strip(text);
  return text === '/' ? undefined : checkRelativePath(path);
}

/** A path where something is put under exactly this name. */
export function checkFileDestination(text: string): Complaint | undefined {
  if (text === '/') return { reason: 'which is the root', hint: 'Name the path itself: /etc/motd.' };
  if (!text.endsWith('/')) return checkDestination(text);
  return { reason: 'which names a directory', hint: 'Name the path itself, without "/" at the end.' };
}

/** The root has no entry in a layer, so its owner and mode cannot be declared. */
export function checkDirectoryDestination(text: string): Complaint | undefined {
  if (text !== '/') return checkDestination(text);
  return { reason: 'and a layer cannot change the root', hint: 'Name a directory below it.' };
}

/** The root itself stays. */
export function checkRemoved(text: string): Complaint | undefined {
  if (text !== '/') return checkDestination(text);
  return { reason: 'and the root cannot be removed', hint: 'Name what is to go: /usr/share/doc.' };
}

/** An absolute path that may be a glob, below the root. Braces and brackets may hold slashes of their own. */
export function checkPlace(text: string): Complaint | undefined {
  if (!text.startsWith('/'))
    return { reason: 'which is not absolute', hint: `Begin it with "/": ${quote(`/${text}`)}.` };
  if (text === '/') return { reason: 'which is the root', hint: 'Name what is wanted: /usr/bin/curl.' };
  if (Buffer.byteLength(text) > LONGEST_PATH_BYTES)
    return { reason: `which has more than ${LONGEST_PATH_BYTES} bytes` };
  const names = strip(text).split('/');
  if (names.includes('')) return { reason: 'which has two slashes in a row' };
  const dots = names.find((name) => name === '.' || name === '..');
  return dots && { reason: `which has a "${dots}" in it`, hint: 'Write the path it leads to.' };
}

/** What a tool needs: as `checkPlace`, or relative to the directory of the program, which `..` may lead out of. */
export function checkNeeded(text: string): Complaint | undefined {
  if (text.startsWith('/')) return checkPlace(text);
  const names = text.replace(/\/$/, '').split('/');
  const ascent = names.findIndex((name) => name !== '..');
  const below = ascent < 0 ? [] : names.slice(ascent);
  if (below.length === 0 || text === '.') return undefined;
  return checkPlace(`/${below.join('/')}`);
}

/** A path for /etc/passwd, which is lines of fields (passwd(5)). */
export function checkAccountPath(text: string): Complaint | undefined {
  if (/[:\x00-\x1f\x7f]/.test(text)) return { reason: 'and /etc/passwd cannot hold a colon or a control character' };
  return checkDestination(text);
}

/** Of a text that `checkDestination` accepts. */
export function destinationOf(text: string): Destination {
  return { path: strip(text), intoDirectory: text.endsWith('/') };
}

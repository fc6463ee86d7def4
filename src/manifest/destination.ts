import type { Destination } from './build-manifest.js';
import type { Complaint } from './complaint.js';

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

/** Of a text that `checkDestination` accepts. */
export function destinationOf(text: string): Destination {
  return { path: strip(text), intoDirectory: text.endsWith('/') };
}

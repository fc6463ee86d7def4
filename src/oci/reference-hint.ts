import { closestOf } from '../util/index.js';
import { fullImageName } from './image-name.js';

const shown = (transport: string, text: string): string => JSON.stringify(transport + text);

/** What was likely meant by a text that names no transport: a sentence and a blank, or nothing. */
export function meantReference(text: string, transports: readonly string[]): string {
  const colon = text.indexOf(':');
  const transport = colon < 0 ? undefined : closestOf(text.slice(0, colon), transports);
  const rest = text.slice(colon + 1);
  if (transport !== undefined) {
    const slashes = transport === 'docker' && !rest.startsWith('//') ? '//' : '';
    return `Did you mean ${shown(`${transport}:${slashes}`, rest)}? `;
  }
  if (/\.tar(?::|$)/.test(text)) return `Did you mean ${shown('oci-archive:', text)}? `;
  const name = text.replace(/@sha256:[0-9a-f]{64}$/, '');
  const isName = fullImageName(name) !== undefined;
  if (isName && (name !== text || /^(?:[^/]*[.:][^/]*|localhost)\//.test(text))) {
    return `Did you mean ${shown('docker://', text)}? `;
  }
  // A path and perhaps a tag, which a name of Docker Hub looks like.
  if (colon === 0 || !/^[^:]+(?::[^:/]*)?$/.test(text)) return '';
  const hub = isName && /[/:]/.test(text) ? ` or ${shown('docker://', text)}` : '';
  return `Did you mean ${shown('oci:', text)}${hub}? `;
}

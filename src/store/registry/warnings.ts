import { serverText } from './server-text.js';

/** More than this from one command helps nobody. */
const WARNINGS_MAX = 20;
/** OCI distribution-spec, "Warnings": 299, nobody's name, and the text in quotes. */
const WARNING = /^\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/s;

/** Tells each text once, and not more of them than anybody would read. */
export function openWarnings(tell: (message: string) => void): (registry: string, headers: readonly string[]) => void {
  const told = new Set<string>();
  return (registry, headers) => {
    for (const header of headers) {
      const quoted = WARNING.exec(header)?.[1];
      if (quoted === undefined || told.size === WARNINGS_MAX) continue;
      const message = `${registry} warns: ${serverText(quoted.replace(/\\(.)/gs, '$1'))}`;
      if (told.has(message)) continue;
      told.add(message);
      tell(message);
    }
  };
}

import type { FileStat } from '../host/index.js';
import { type Digest, isDigest } from '../oci/index.js';

/** The digest of one file, and by what to see that the file is still the same. */
export interface KnownDigest {
  /** See `fingerprintOf`. */
  readonly fingerprint: string;
  readonly digest: Digest;
}

const HEADER = 'digests 1';

/** Everything about a file that changes when its content does. */
export function fingerprintOf({ size, mtimeNs, ctimeNs, inode, device }: FileStat): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${inode} ${device}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' };
const UNESCAPES = Object.fromEntries(Object.entries(ESCAPES).map(([plain, escaped]) => [escaped, plain]));

/** One line for each name: `<name> TAB <fingerprint> TAB <digest>`, with tab, newline and backslash of the name escaped. */
export function encodeDigests(known: Iterable<readonly [string, KnownDigest]>): string {
  const lines = [HEADER];
  for (const [name, { fingerprint, digest }] of known) {
    lines.push(`${name.replace(/[\\\t\n]/g, (character) => ESCAPES[character]!)}\t${fingerprint}\t${digest}`);
  }
  return lines.join('\n');
}

/** The names of `encodeDigests`' text. A text of another version, or a line that is not whole, counts as nothing known. */
export function decodeDigests(text: string): Map<string, KnownDigest> {
  const known = new Map<string, KnownDigest>();
  const [header, ...lines] = text.split('\n');
  if (header !== HEADER) return known;
  for (const line of lines) {
    const first = line.indexOf('\t');
    const second = line.indexOf('\t', first + 1);
    const digest = line.slice(second + 1);
    if (first < 0 || second < 0 || !isDigest(digest)) continue;
    const name = line.slice(0, first);
    const plain = name.includes('\\') ? name.replace(/\\[\\tn]/g, (sequence) => UNESCAPES[sequence]!) : name;
    known.set(plain, { fingerprint: line.slice(first + 1, second), digest });
  }
  return known;
}

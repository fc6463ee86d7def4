import type { Digest } from '../oci/index.js';
import type { Chunks } from '../util/index.js';
import type { DirectoryClaim, Entry, FileEntry, Origin } from './entry.js';
import { type FileTree, treeOf } from './file-tree.js';

/** Gives a file of a decoded listing its content. */
export type Opener = (file: { readonly path: string; readonly digest: Digest; readonly size: number }) => Chunks;

/** Of kinds and claims: the first field of a line. A directory has that of its claim. */
const LETTERS = {
  file: 'f',
  symlink: 'l',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
  whiteout: 'w',
  declared: 'd',
  walked: 'k',
  implied: 'i',
} as const;
const MEANINGS = Object.fromEntries(Object.entries(LETTERS).map(([meaning, letter]) => [letter, meaning]));

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' };
const UNESCAPES = Object.fromEntries(Object.entries(ESCAPES).map(([plain, escaped]) => [escaped, plain]));
const ESCAPED = /[\\\t\n]/;

const escaped = (text: string): string =>
  ESCAPED.test(text) ? text.replace(/[\\\t\n]/g, (one) => ESCAPES[one]!) : text;
const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\[\\tn]/g, (sequence) => UNESCAPES[sequence]!) : text;

type Shared = Omit<Origin, 'source'>;

/** Origins without their source, each once: there are few of them. */
class Origins {
  readonly #numbers = new Map<string, number>();
  #last: { readonly origin: Shared; readonly number: number } | undefined;

  numberOf(origin: Origin): number {
    const last = this.#last;
    if (last !== undefined && isShared(last.origin, origin)) return last.number;
    const { source, ...shared } = origin;
    const text = JSON.stringify(shared);
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    this.#last = { origin, number };
    return number;
  }

  /** JSON of all of them, in the order of their numbers. */
  get text(): string {
    return `[${[...this.#numbers.keys()].join(',')}]`;
  }
}

function isShared(a: Shared, b: Shared): boolean {
  return a.kind === b.kind && a.label === b.label && a.at === b.at && a.package === b.package && a.why === b.why;
}

function encodeXattrs(xattrs: ReadonlyMap<string, Uint8Array> | undefined): string {
  if (xattrs === undefined || xattrs.size === 0) return '';
  const pairs = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return `\t${escaped(JSON.stringify(pairs))}`;
}

/** The fields that only entries of its kind have, and attributes where there are any. */
function encodeRest(entry: Entry): string {
  switch (entry.kind) {
    case 'whiteout':
      return `${escaped(entry.removes)}\t${entry.opaque ? 1 : 0}`;
    case 'file':
      return `${entry.size}\t${entry.digest}${encodeXattrs(entry.xattrs)}`;
    case 'symlink':
      return `${escaped(entry.target)}\t${encodeXattrs(entry.xattrs)}`;
    case 'directory':
      return `\t${encodeXattrs(entry.xattrs)}`;
    default:
      return `${entry.deviceMajor}\t${entry.deviceMinor}${encodeXattrs(entry.xattrs)}`;
  }
}

function encodeEntry(entry: Entry, origins: Origins): string {
  const { path, kind, origin } = entry;
  const letter = LETTERS[kind === 'directory' ? entry.claim : kind];
  const facts = kind === 'whiteout' ? '\t\t' : `${entry.mode}\t${entry.uid}\t${entry.gid}`;
  const source = origin.source === undefined ? '' : `:${escaped(origin.source)}`;
  return `${letter}\t${escaped(path)}\t${facts}\t${origins.numberOf(origin)}\t${source}\t${encodeRest(entry)}`;
}

/**
 * A tree as text, for the cache: everything but the contents. Its last line is the JSON list of the origins without their
 * sources; those before are entries, their fields between tabs: kind or claim, path, mode, user, group, number of the origin, source behind
 * a colon, two fields of the kind, attributes.
 */
export function encodeListing(tree: FileTree): string {
  const origins = new Origins();
  const lines = tree.entries.map((entry) => encodeEntry(entry, origins));
  lines.push(origins.text);
  return lines.join('\n');
}

type Fields = readonly [
  letter: string,
  path: string,
  mode: string,
  uid: string,
  gid: string,
  origin: string,
  source: string,
  first: string,
  second: string,
  xattrs?: string,
];

function originOf(source: string, shared: Shared): Origin {
  return source === '' ? shared : { ...shared, source: unescaped(source.slice(1)) };
}

function decodeXattrs(text: string): ReadonlyMap<string, Uint8Array> {
  const pairs = JSON.parse(unescaped(text)) as readonly (readonly [string, string])[];
  return new Map(pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')]));
}

function decodeEntry(line: string, origins: readonly Shared[], open: Opener): Entry {
  const fields = line.split('\t') as unknown as Fields;
  const [letter, escapedPath, mode, uid, gid, number, source, first, second, xattrs] = fields;
  const path = unescaped(escapedPath);
  const origin = originOf(source, origins[Number(number)]!);
  if (letter === LETTERS.whiteout) {
    return { kind: 'whiteout', path, origin, removes: unescaped(first), opaque: second === '1' };
  }
  const owner = { path, origin, mode: Number(mode), uid: Number(uid), gid: Number(gid) };
  const facts = xattrs === undefined ? owner : { ...owner, xattrs: decodeXattrs(xattrs) };
  const meaning = MEANINGS[letter]!;
  switch (meaning) {
    case 'file': {
      const [size, digest] = [Number(first), second as Digest];
      const file: FileEntry = { ...facts, kind: 'file', size, digest, open: () => open({ path, digest, size }) };
      return file;
    }
    case 'symlink':
      return { ...facts, kind: meaning, target: unescaped(first) };
    case 'fifo':
    case 'character-device':
    case 'block-device':
      return { ...facts, kind: meaning, deviceMajor: Number(first), deviceMinor: Number(second) };
    default:
      return { ...facts, kind: 'directory', claim: meaning as DirectoryClaim };
  }
}

/** The tree of `encodeListing`'s text. The text must come from a verified record: its shape is not checked again. */
export function decodeListing(text: string, open: Opener): FileTree {
  const lines = text.split('\n');
  const origins = JSON.parse(lines.pop()!) as readonly Shared[];
  return treeOf(lines.map((line) => decodeEntry(line, origins, open)));
}

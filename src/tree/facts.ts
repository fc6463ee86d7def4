import { createHash } from 'node:crypto';
import { canonicalJson, type Digest, digestOfHash, type Json } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import type { Entry } from './entry.js';
import type { FileTree } from './file-tree.js';

function linkOf(entry: Entry): Json {
  if (entry.kind === 'symlink') return entry.target;
  if ('deviceMajor' in entry) return `${entry.deviceMajor}:${entry.deviceMinor}`;
  return null;
}

function xattrsOf(entry: Entry): Json {
  if (entry.kind === 'whiteout' || entry.xattrs === undefined) return [];
  return [...entry.xattrs]
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
}

/**
 * What of an entry reaches the layer, as canonical data: `[path, kind, mode, uid, gid, link, xattrs, digest]`
 * (format 1, "Keys"). Where it came from is not in it.
 */
function entryFacts(entry: Entry): Json {
  if (entry.kind === 'whiteout') return [entry.path, entry.kind, 0, 0, 0, null, [], null];
  const digest = entry.kind === 'file' ? entry.digest : null;
  return [entry.path, entry.kind, entry.mode, entry.uid, entry.gid, linkOf(entry), xattrsOf(entry), digest];
}

/** True where both would be the same in a layer. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return a === b || (a.path === b.path && differencesOf(a, b).length === 0);
}

/** What differs between two entries of one path: `kind`, `mode`, `owner`, `content`, `target`, `device`, `xattrs`. */
export function differencesOf(a: Entry, b: Entry): readonly string[] {
  if (a.kind !== b.kind) return ['kind'];
  if (a.kind === 'whiteout' || b.kind === 'whiteout') return [];
  const found: string[] = [];
  if (a.kind === 'file' && b.kind === 'file' && a.digest !== b.digest) found.push('content');
  if (a.kind === 'symlink' && linkOf(a) !== linkOf(b)) found.push('target');
  if ('deviceMajor' in a && linkOf(a) !== linkOf(b)) found.push('device');
  if (a.mode !== b.mode) found.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) found.push('owner');
  const hasXattrs = (a.xattrs?.size ?? 0) + (b.xattrs?.size ?? 0) > 0;
  if (hasXattrs && canonicalJson(xattrsOf(a)) !== canonicalJson(xattrsOf(b))) found.push('xattrs');
  return found;
}

/**
 * sha256 over the canonical JSON list of the facts of every entry: equal for trees that give equal layers. Streams, so
 * a million entries need no string of their whole size.
 */
export function digestOfTree(tree: FileTree): Digest {
  const hash = createHash('sha256').update('[');
  tree.entries.forEach((entry, i) => {
    hash.update((i === 0 ? '' : ',') + canonicalJson(entryFacts(entry)));
  });
  return digestOfHash(hash.update(']'));
}

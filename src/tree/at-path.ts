import type { Entry, WhiteoutEntry } from './entry.js';

type LastingEntry = Exclude<Entry, WhiteoutEntry>;

/** The same at another path. Entries may have what they tell from a class, so they are not spread. */
export function atPath<T extends LastingEntry>(entry: T, path: string): T {
  return entry.path === path ? entry : (moved(entry, path) as T);
}

function moved(entry: LastingEntry, path: string): LastingEntry {
  const { mode, uid, gid, xattrs, origin } = entry;
  const facts = { path, mode, uid, gid, origin, ...(xattrs !== undefined && { xattrs }) };
  switch (entry.kind) {
    case 'file': {
      const { kind, size, digest, extent } = entry;
      return { ...facts, kind, size, digest, ...(extent !== undefined && { extent }), open: () => entry.open() };
    }
    case 'directory':
      return { ...facts, kind: entry.kind, claim: entry.claim };
    case 'symlink':
      return { ...facts, kind: entry.kind, target: entry.target };
    default: {
      const { kind, deviceMajor, deviceMinor } = entry;
      return { ...facts, kind, deviceMajor, deviceMinor };
    }
  }
}

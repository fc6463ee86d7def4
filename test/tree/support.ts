import { digestOf } from '../../src/oci/index.js';
import { type DirectoryClaim, type Entry, whiteoutOf } from '../../src/tree/index.js';

const origin = { kind: 'files', label: 'files ./test' };

/** A file whose content is `text`. */
export function file(
  path: string,
  text = path,
  more: Partial<{ mode: number; uid: number; gid: number; label: string }> = {},
): Entry {
  const { label = 'files ./test', ...facts } = more;
  const bytes = Buffer.from(text);
  return {
    kind: 'file',
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: bytes.length,
    digest: digestOf(bytes),
    open: () => [bytes],
    origin: { kind: 'files', label },
    ...facts,
  };
}

export function directory(path: string, claim: DirectoryClaim = 'walked', mode = 0o755, uid = 0): Entry {
  return { kind: 'directory', path, mode, uid, gid: 0, claim, origin };
}

export function symlink(path: string, target: string): Entry {
  return { kind: 'symlink', path, mode: 0o777, uid: 0, gid: 0, target, origin };
}

export function whiteout(path: string, opaque = false): Entry {
  return whiteoutOf(path, opaque, origin);
}

/** `lib -> usr/lib`, `tmp/ 1777`, `a 644 "content digest"`: one short line per entry. */
export function lines(entries: readonly Entry[]): string[] {
  return entries.map((entry) => {
    if (entry.kind === 'whiteout') return `-${entry.path}`;
    if (entry.kind === 'symlink') return `${entry.path} -> ${entry.target}`;
    const mode = entry.mode.toString(8);
    const owner = entry.uid === 0 ? '' : ` ${entry.uid}`;
    return `${entry.path}${entry.kind === 'directory' ? '/' : ''} ${mode}${owner}`;
  });
}

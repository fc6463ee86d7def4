import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type TreeItem =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly link: string }
  | { readonly directory: number };

/**
 * Writes files below a directory: a text or bytes for a file of mode 0644, `{content, mode}`, `{link: target}` for a
 * symlink, `{directory: mode}` for a directory. The umask has no say.
 */
export function makeTree(directory: string, items: Readonly<Record<string, TreeItem>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [path, item] of Object.entries(items)) {
    const absolute = join(directory, path);
    mkdirSync(dirname(absolute), { recursive: true });
    if (typeof item === 'string' || item instanceof Uint8Array) {
      writeFileSync(absolute, item);
      chmodSync(absolute, 0o644);
    } else if ('link' in item) {
      symlinkSync(item.link, absolute);
    } else if ('directory' in item) {
      mkdirSync(absolute, { recursive: true });
      chmodSync(absolute, item.directory);
    } else {
      writeFileSync(absolute, item.content);
      chmodSync(absolute, item.mode);
    }
  }
}

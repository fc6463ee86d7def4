import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTree, type TreeItem } from '../make-tree.js';
import { outputOf } from '../run.js';

export interface PackageDescription {
  /** Fields of its control file beyond `Package`, `Version` (1), `Architecture` (amd64), `Maintainer` and `Description`. */
  readonly fields: Readonly<Record<string, string>> & { readonly Package: string };
  /** By path: `usr/bin/tool`. */
  readonly files?: Readonly<Record<string, TreeItem>>;
  /** More files of the control archive: `postinst`, `conffiles`. */
  readonly control?: Readonly<Record<string, TreeItem>>;
  readonly compression?: 'xz' | 'zstd' | 'gzip' | 'none';
  /** The file of the package instead of one that is made. */
  readonly bytes?: Uint8Array;
}

/** The fields of a package's control file, in order. */
export function controlFields({ fields }: PackageDescription): Readonly<Record<string, string>> {
  const { Package, ...others } = fields;
  const defaults = { Package, Version: '1', Architecture: 'amd64', Maintainer: 'Tests <tests@example.com>' };
  return { ...defaults, ...others, Description: others.Description ?? `${Package} for tests` };
}

/** `Name: value` for each field, with a line end after the last. */
export function renderStanza(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** The bytes of a .deb, as dpkg-deb makes it, with all times 0. */
export async function makeDeb(description: PackageDescription): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-deb-'));
  try {
    const tree = join(directory, 'tree');
    const file = join(directory, 'package.deb');
    mkdirSync(tree, { mode: 0o755 });
    makeTree(tree, description.files ?? {});
    makeTree(join(tree, 'DEBIAN'), { control: renderStanza(controlFields(description)), ...description.control });
    const options = ['--root-owner-group', `-Z${description.compression ?? 'xz'}`];
    await outputOf('dpkg-deb', [...options, '--build', tree, file], { env: { SOURCE_DATE_EPOCH: '0' } });
    return readFileSync(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

import type { SourceSpan } from '../../errors/index.js';
import { type FileEntry, type FileTree, resolvePath } from '../../tree/index.js';
import { decodeUtf8 } from '../../util/index.js';
import { findHeldFile, readHeldFile } from '../held-file.js';
import { type Certificate, parsePem } from './parse-pem.js';

/** Where packages and administrators put certificates, one in a file (update-ca-certificates(8)). */
const DIRECTORIES = ['usr/share/ca-certificates', 'usr/local/share/ca-certificates'];
const SETTINGS = 'etc/ca-certificates.conf';

/** Certificates that the settings leave out: lines with an exclamation mark before the path. */
async function leftOut(below: FileTree, at: SourceSpan): Promise<ReadonlySet<string>> {
  const { before } = findHeldFile(SETTINGS, below, at);
  if (before === undefined) return new Set();
  const lines = (decodeUtf8(await readHeldFile(before, at)) ?? '').split('\n');
  return new Set(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
}

/** Files that end in `.crt`, with their path below the directory; a symlink counts as what it leads to. */
function filesBelow(directory: string, below: FileTree): readonly (readonly [string, FileEntry])[] {
  const lookup = (path: string) => below.get(path);
  const found = resolvePath(directory, lookup);
  if (found.kind !== 'place' || found.entry?.kind !== 'directory') return [];
  const prefix = `${found.path}/`;
  return below.entries.flatMap(({ path }) => {
    if (!path.startsWith(prefix) || !path.endsWith('.crt')) return [];
    const file = resolvePath(path, lookup);
    return file.kind === 'place' && file.entry?.kind === 'file'
      ? [[path.slice(prefix.length), file.entry] as const]
      : [];
  });
}

/**
 * What the package ca-certificates trusts by default, less what /etc/ca-certificates.conf leaves out, then what lies in
 * /usr/local/share/ca-certificates: in the order in which update-ca-certificates(8), which never runs, would write
 * them.
 *
 * @throws TbuildError `certificate-invalid`
 */
export async function packagedCertificates(below: FileTree, at: SourceSpan): Promise<readonly Certificate[]> {
  const unwanted = await leftOut(below, at);
  const certificates: Certificate[] = [];
  for (const [index, directory] of DIRECTORIES.entries()) {
    for (const [name, file] of filesBelow(directory, below)) {
      if (index === 0 && unwanted.has(name)) continue;
      certificates.push(...parsePem(await readHeldFile(file, at), { shown: `/${file.path}`, at }));
    }
  }
  return certificates;
}

import { resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { CertificatesContent } from '../manifest/index.js';
import { type FileEntry, type FileTree, type Origin, treeOf } from '../tree/index.js';
import { packagedCertificates } from './certificates/packaged-certificates.js';
import { type Certificate, certificatesIn, parsePem, renderPem } from './certificates/parse-pem.js';
import { findHeldFile, type HeldFile, readHeldFile, rewritten } from './held-file.js';
import { readHostFile } from './host-file.js';
import type { ContentContext } from './input-context.js';
import { statInput } from './input-root.js';

/** Where programs look for the certificates they trust; the first is made where none is there. */
const BUNDLES = [
  'etc/ssl/certs/ca-certificates.crt', // Debian, Alpine, Arch, and what Go, curl and others try first
  'etc/pki/tls/certs/ca-bundle.crt', // Fedora, RHEL 6
  'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // RHEL 7 and later
  'etc/ssl/cert.pem', // Alpine, and OpenSSL's own default
  'etc/ssl/ca-bundle.pem', // SUSE
] as const;

/** A bundle that is there. */
type Bundle = HeldFile & { readonly before: FileEntry };

/** A bundle of all public authorities has a quarter of a megabyte. */
const LIMIT_BYTES = 16 * 1024 * 1024;

type Reading = Pick<ContentContext, 'host' | 'directory' | 'below'>;

function readSource({ path, at }: CertificatesContent['sources'][number], context: Reading): readonly Certificate[] {
  const { files } = context.host;
  const place = { absolute: resolve(context.directory, path), shown: path, at };
  const stat = statInput(place, context.directory, files);
  const shown = JSON.stringify(path);
  if (stat.kind === 'directory') {
    const message = `${shown} is a directory, not a PEM file`;
    throw fail('input-kind', { message, hint: 'List its files.', at, details: { path } });
  }
  if (stat.size > LIMIT_BYTES) {
    const message = `${shown} has ${stat.size} bytes, more than the ${LIMIT_BYTES} of a PEM file`;
    throw fail('input-limit', { message, at, details: { path } });
  }
  const pieces = [...readHostFile({ ...place, stat }, files)].map((piece) => Buffer.from(piece));
  return parsePem(Buffer.concat(pieces), { shown: path, at });
}

/** Each certificate once, at its first place. */
function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.toString('base64'), certificate])).values()];
}

/** The bundle as it is, and behind it what it lacks; undefined where that is nothing. */
async function withAdded(
  bundle: Bundle,
  certificates: readonly Certificate[],
  origin: Origin & { readonly at: CertificatesContent['at'] },
): Promise<FileEntry | undefined> {
  const bytes = Buffer.from(await readHeldFile(bundle.before, origin.at));
  const known = certificatesIn(bytes);
  const lacking = certificates.filter((certificate) => !known.some((other) => other.equals(certificate)));
  if (lacking.length === 0) return undefined;
  const end = bytes.length === 0 || bytes.at(-1) === 0x0a ? '' : '\n';
  return rewritten(bundle, Buffer.concat([bytes, Buffer.from(end + lacking.map(renderPem).join(''))]), origin);
}

/** The bundles that are there, each once: one may be a symlink to another. */
function bundlesIn(below: FileTree, at: CertificatesContent['at']): readonly Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const name of BUNDLES) {
    const { path, before } = findHeldFile(name, below, at);
    if (before !== undefined) bundles.set(path, { path, before });
  }
  return [...bundles.values()];
}

/**
 * Certificates of this machine's files, merged into every bundle that the image has. Where it has none, one is made of
 * those that the package ca-certificates brought, whose script never runs, and of these.
 *
 * @throws TbuildError `input-missing`, `input-kind`, `input-limit`, `input-unreadable`, `input-changed`,
 *   `certificate-invalid`, `path-conflict`, and `input-empty` where there is no certificate at all
 */
export async function readCertificates(content: CertificatesContent, context: Reading): Promise<FileTree> {
  const { sources, at } = content;
  const below = context.below();
  const label = ['certificates', ...sources.map(({ path }) => path)].join(' ');
  const origin = { kind: 'certificates', label, at };
  const given = distinct(sources.flatMap((source) => readSource(source, context)));
  const bundles = bundlesIn(below, at);
  if (bundles.length > 0) {
    const entries: FileEntry[] = [];
    for (const bundle of bundles) {
      const added = await withAdded(bundle, given, origin);
      if (added !== undefined) entries.push(added);
    }
    return treeOf(entries);
  }
  const all = distinct([...(await packagedCertificates(below, at)), ...given]);
  if (all.length === 0) {
    throw fail('input-empty', {
      message: 'No certificates are listed, and the image has none',
      hint: 'List PEM files, or put the package ca-certificates before them.',
      at,
    });
  }
  return treeOf([rewritten(findHeldFile(BUNDLES[0], below, at), Buffer.from(all.map(renderPem).join('')), origin)]);
}

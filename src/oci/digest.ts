import { createHash, type Hash } from 'node:crypto';
import { fail } from '../errors/index.js';

declare const kind: unique symbol;

/** sha256 of a blob's bytes: `sha256:<64 lower-case hex>`. OCI image-spec, "Digests". */
export type Digest = string & { readonly [kind]: 'Digest' };
/** sha256 of a layer's uncompressed tar. OCI image-spec, "Layer DiffID". */
export type DiffId = string & { readonly [kind]: 'DiffId' };
/** Cache key of a layer: everything that decides its bytes. Never a digest of bytes. */
export type LayerKey = string & { readonly [kind]: 'LayerKey' };
/** Cache key of an artifact: everything that its command can see. */
export type ArtifactKey = string & { readonly [kind]: 'ArtifactKey' };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** True for the one digest form tbuild accepts; anything else (other algorithms, upper case, path tricks) is refused. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** @throws TbuildError `digest-invalid` */
export function parseDigest(text: unknown, where: string): Digest {
  if (isDigest(text)) return text;
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 100)) : String(text);
  throw fail('digest-invalid', {
    message: `${where} is ${shown}, which is not a sha256 digest`,
    hint: 'A digest is "sha256:" and 64 lower-case hexadecimal digits.',
  });
}

/** The 64 hexadecimal digits of a digest; safe as a file name. */
export function hexOf(digest: Digest | DiffId | LayerKey | ArtifactKey): string {
  return digest.slice('sha256:'.length);
}

/** A digest from raw or hexadecimal sha256 output. */
export function digestOfHash(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}` as Digest;
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return digestOfHash(createHash('sha256').update(bytes));
}

/** First twelve hexadecimal digits, for people. */
export function shortDigest(digest: Digest | DiffId | LayerKey | ArtifactKey): string {
  return `sha256:${hexOf(digest).slice(0, 12)}`;
}

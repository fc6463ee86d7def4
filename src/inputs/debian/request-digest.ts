import type { DebianContent, DebianSource } from '../../manifest/index.js';
import { canonicalJson, type Digest, digestOf, type Json } from '../../oci/index.js';
import { compareUtf8 } from '../../util/index.js';

function sourceOf({ suite, components, mirrors, isSnapshot }: DebianSource): Json {
  // A plain mirror is only a place to get the same archive from; a snapshot is another archive.
  return { suite, components, snapshot: isSnapshot ? mirrors.map((url) => url.href) : undefined };
}

/**
 * Everything in image.yaml that decides which packages are chosen. Not the plain mirrors, the keyring, and what is taken
 * of the packages afterwards: pins stay good when these change.
 */
export function requestDigest(content: DebianContent): Digest {
  return digestOf(
    canonicalJson({
      sources: content.sources.map(sourceOf),
      packages: content.packages.map(({ name, version }) => ({ name, version })),
      exclude: [...new Set(content.exclude)].sort(compareUtf8),
      recommends: content.recommends,
      essential: content.essential,
    }),
  );
}

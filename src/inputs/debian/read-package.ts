import { type Package, parseControlFile } from '../../debian/index.js';
import { fail, type SourceSpan } from '../../errors/index.js';
import type { PackagePin } from '../../lock/index.js';
import type { Origin } from '../../tree/index.js';
import { readArchiveTree } from '../archive-tree.js';
import type { ContentContext } from '../input-context.js';
import { type DebianPackage, labelOf } from './debian-package.js';
import { placed } from './placed.js';
import { decodeFacts } from './unpack-package.js';
import { packageArchive } from './unpack-packages.js';

/** The package must be what the index said of it, and the lock says. */
function checkPin(found: Package, pin: PackagePin, at: SourceSpan): void {
  for (const what of ['name', 'version', 'architecture'] as const) {
    if (found[what] === pin[what]) continue;
    throw fail('input-mismatch', {
      message: `The package ${JSON.stringify(pin.path)} has the ${what} ${JSON.stringify(found[what])}, not ${JSON.stringify(pin[what])}`,
      at,
      details: { expected: pin[what], found: found[what], path: pin.path, digest: pin.digest },
    });
  }
}

function originOf(found: Package, at: SourceSpan): Origin {
  const { name, version, source } = found;
  return { kind: 'debian', label: labelOf(found), at, package: { name, version, source } };
}

/**
 * A package whose file is in the store. Nothing of it runs: it is data.
 *
 * @param at the content in image.yaml
 * @throws TbuildError `deb-invalid`; `input-mismatch` where it is another package than the pin says; `blob-…`, `cache-failed`
 */
export async function readPackage(pin: PackagePin, context: ContentContext, at: SourceSpan): Promise<DebianPackage> {
  try {
    const { tree, facts: text } = await readArchiveTree(packageArchive(pin, context, { at }), context);
    const facts = decodeFacts(text);
    const found = parseControlFile(facts.controlText, pin);
    checkPin(found, pin, at);
    return { ...facts, package: found, tree, origin: originOf(found, at) };
  } catch (error) {
    throw placed(error, at);
  }
}

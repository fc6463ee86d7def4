import type { Package, Release } from '../../debian/index.js';
import type { DebianContent, DebianSource } from '../../manifest/index.js';
import type { ContentContext } from '../input-context.js';
import { type IndexPlace, isListed, readIndex } from './read-index.js';
import { readKeyring } from './read-keyring.js';
import { readRelease, sourceName } from './read-release.js';

function indexesOf(source: DebianSource, release: Release, architecture: string): readonly IndexPlace[] {
  return source.components.flatMap((component) => {
    const of = (name: string): IndexPlace => ({ source, release, path: `${component}/binary-${name}/Packages` });
    const all = of('all');
    return [of(architecture), ...(release.hasSeparateAll && isListed(all) ? [all] : [])];
  });
}

async function readSource(
  source: DebianSource,
  { keyring, architecture }: { readonly keyring: Uint8Array; readonly architecture: string },
  context: ContentContext,
): Promise<readonly Package[]> {
  const release = await readRelease(source, keyring, context);
  const packages: Package[] = [];
  for (const place of indexesOf(source, release, architecture)) {
    for (const found of await readIndex(place, context)) packages.push(found);
  }
  return packages;
}

/**
 * Every package that the sources of a content have for an architecture, in the order of the sources. Large: to be let go
 * once the choice is made.
 *
 * @throws TbuildError as `readKeyring`, `readRelease`, `readIndex`
 */
export async function readAvailable(
  content: DebianContent,
  architecture: string,
  context: ContentContext,
): Promise<readonly Package[]> {
  const keyring = readKeyring(content, context);
  const packages: Package[] = [];
  for (const source of content.sources) {
    const read = () => readSource(source, { keyring, architecture }, context);
    for (const found of await context.step(`read the indexes of ${sourceName(source)}`, read)) packages.push(found);
  }
  return packages;
}

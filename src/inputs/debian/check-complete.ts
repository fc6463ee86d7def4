import { type Package, renderDependency, unmetDependency } from '../../debian/index.js';
import { fail } from '../../errors/index.js';
import type { DebianContent } from '../../manifest/index.js';
import type { ContentContext } from '../input-context.js';

/** What the packages lack, in words: `"libc6 (>= 2.34)", which curl needs`. */
function lackOf(packages: readonly Package[], { packages: requests, exclude }: DebianContent): string | undefined {
  const isThere = (request: (typeof requests)[number]): boolean =>
    packages.some(({ name, version }) => name === request.name && version === (request.version ?? version));
  const request = requests.find((each) => !isThere(each));
  if (request !== undefined) return `${JSON.stringify(request.name)}, which is asked for`;
  // What excluded packages provide counts as installed, and only the archive says what that is.
  const unmet = exclude.length === 0 ? unmetDependency(packages) : undefined;
  return unmet && `${JSON.stringify(renderDependency(unmet.dependency))}, which ${unmet.item.name} needs`;
}

/**
 * A merge of two locks, or a hand, may take away the line of a package: the image would be built without it.
 *
 * @param packages what the pins of the content are
 * @throws TbuildError `pin-stale`
 */
export function checkComplete(
  packages: readonly Package[],
  content: DebianContent,
  { layer }: Pick<ContentContext, 'layer'>,
): void {
  const lack = lackOf(packages, content);
  if (lack === undefined) return;
  throw fail('pin-stale', {
    message: `The packages that the lock has for layer ${JSON.stringify(layer)} lack ${lack}`,
    hint: `Find them anew: tbuild lock --update ${layer}.`,
    at: content.at,
    details: { layer },
  });
}

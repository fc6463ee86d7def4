import { choosePackages, type Package, parseControlFile } from '../../debian/index.js';
import type { PackagePin } from '../../lock/index.js';
import type { DebianContent } from '../../manifest/index.js';
import { compareUtf8 } from '../../util/index.js';
import { readArchiveTree } from '../archive-tree.js';
import { download } from '../download.js';
import type { ContentContext } from '../input-context.js';
import { labelOf } from './debian-package.js';
import { explainGone, packageDownload } from './package-download.js';
import { readAvailable } from './read-available.js';
import { decodeFacts } from './unpack-package.js';
import { packageArchive } from './unpack-packages.js';

export interface PinRequest {
  readonly content: DebianContent;
  readonly architecture: string;
  /** What the lock has already: it keeps its version. */
  readonly held: readonly PackagePin[];
}

function pinOf({ name, version, architecture, suite, path, digest, size }: Package): PackagePin {
  if (suite === undefined) throw new TypeError(`the package ${name} has no suite`);
  return { name, version, architecture, suite, path, digest, size };
}

/** A held package whose version is in no index any more, by its own control file. */
async function readHeld(pin: PackagePin, { content }: PinRequest, context: ContentContext): Promise<Package> {
  const request = packageDownload(pin, content);
  if (request === undefined) throw new TypeError(`no source has the suite of ${pin.path}`);
  try {
    await download(request, context);
  } catch (error) {
    throw explainGone(error, content);
  }
  const { facts } = await readArchiveTree(packageArchive(pin, context, { at: content.at }), context);
  return parseControlFile(decodeFacts(facts).controlText, pin);
}

/** The held packages that an index has, with what it says of them, and those that none has. */
function findHeld(held: readonly PackagePin[], available: readonly Package[]) {
  const byName = new Map<string, PackagePin>(held.map((pin) => [pin.name, pin]));
  const found = new Map<string, Package>();
  for (const item of available) {
    const pin = byName.get(item.name);
    if (pin !== undefined && pin.version === item.version && pin.digest === item.digest) found.set(item.name, item);
  }
  return { found, lost: held.filter(({ name }) => !found.has(name)) };
}

/**
 * Chooses the packages of a content from the indexes of its sources, and says what they are.
 *
 * @returns sorted by name, then architecture
 * @throws TbuildError as `readAvailable` and `choosePackages`; `input-missing` for a held version that is nowhere any more
 */
export async function choosePins(request: PinRequest, context: ContentContext): Promise<readonly PackagePin[]> {
  const { content, architecture } = request;
  const available = await readAvailable(content, architecture, context);
  const isOfSource = ({ suite }: PackagePin): boolean => content.sources.some((source) => source.suite === suite);
  const { found, lost } = findHeld(request.held.filter(isOfSource), available);
  const facts = { architecture, available, requests: content.packages, exclude: content.exclude };
  const rules = { recommends: content.recommends, essential: content.essential };
  for (;;) {
    const { packages } = choosePackages({ ...facts, ...rules, held: [...found.values()] });
    const chosen = new Set(packages.map(({ name }) => name));
    // Only those that are needed have to be fetched; they may need others then.
    const wanted = lost.filter(({ name }) => chosen.has(name) && !found.has(name));
    if (wanted.length === 0) {
      const order = (a: PackagePin, b: PackagePin) =>
        compareUtf8(a.name, b.name) || compareUtf8(a.architecture, b.architecture);
      return packages.map(pinOf).sort(order);
    }
    const read = async () => {
      for (const pin of wanted) found.set(pin.name, await readHeld(pin, request, context));
    };
    await context.step(`read what the lock holds of ${wanted.map(labelOf).join(', ')}`, read);
  }
}

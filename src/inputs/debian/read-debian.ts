import { explainPackages } from '../../debian/index.js';
import type { PackagePin } from '../../lock/index.js';
import type { DebianContent } from '../../manifest/index.js';
import type { FileTree } from '../../tree/index.js';
import { downloadAll } from '../download.js';
import type { ContentContext } from '../input-context.js';
import { pickPaths } from '../pick-paths.js';
import { debianArchitecture } from './architecture.js';
import { checkComplete } from './check-complete.js';
import { choosePins } from './choose-pins.js';
import { type DebianPackage, withOrigin } from './debian-package.js';
import { mergePackages } from './merge-packages.js';
import { explainGone, neededDownload } from './package-download.js';
import { readPackage } from './read-package.js';
import { requestDigest } from './request-digest.js';
import { slimTree } from './slim.js';
import { addStatusFiles } from './status-files.js';
import { unpackPackages } from './unpack-packages.js';

/** The pins of the content; no index is touched where the lock has them. */
async function pinsOf(content: DebianContent, context: ContentContext): Promise<readonly PackagePin[]> {
  const { layer, position, platform, platformPins } = context;
  const architecture = debianArchitecture(platform, content.at);
  const wanted = { layer, position, request: requestDigest(content), at: content.at };
  const { pin, held } = platformPins.debian(wanted);
  if (pin !== undefined) return pin.packages;
  const packages = await choosePins({ content, architecture, held }, context);
  platformPins.setDebian(wanted, { request: wanted.request, packages });
  return packages;
}

async function readPackages(
  pins: readonly PackagePin[],
  content: DebianContent,
  context: ContentContext,
): Promise<readonly DebianPackage[]> {
  const downloads = pins.map((pin) => neededDownload(pin, content));
  try {
    await downloadAll(downloads, context);
  } catch (error) {
    throw explainGone(error, content);
  }
  await unpackPackages(pins, context, content.at);
  const packages: DebianPackage[] = [];
  for (const pin of pins) packages.push(await readPackage(pin, context, content.at));
  const found = packages.map((each) => each.package);
  checkComplete(found, content, context);
  const why = explainPackages(found, content.packages, content.recommends);
  return packages.map((each) => withOrigin(each, why.get(each.package.name)));
}

/**
 * Packages of Debian and all that they need, as files: what the archives of the packages hold, with /usr merged, and for
 * scanners what is installed, as Distroless has it. No script of a package runs, and nothing diverts a file.
 *
 * @throws TbuildError as `choosePins`, `downloadAll`, `readPackage`, `checkComplete`, `mergePackages`, `pickPaths`
 */
export async function readDebian(content: DebianContent, context: ContentContext): Promise<FileTree> {
  const pins = await pinsOf(content, context);
  const read = await readPackages(pins, content, context);
  const packages = content.slim ? read.map((each) => ({ ...each, tree: slimTree(each.tree) })) : read;
  const below = context.below();
  const merged = mergePackages(packages, below);
  const { paths, closure, at } = content;
  if (paths === undefined) return addStatusFiles(merged, packages, { below, onlyUsed: false });
  const picked = await pickPaths(merged, { paths, closure, what: 'the packages', at });
  return addStatusFiles(picked, packages, { below, onlyUsed: true });
}

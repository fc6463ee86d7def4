import { readFiles } from '../inputs/index.js';
import type { ContentDeclaration, FilesContent } from '../manifest/index.js';
import { canonicalJson } from '../oci/index.js';
import { plainOf, sourceFacts } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';

/** A file of this machine that a content reads besides those that it takes along. */
function single(path: string, { owner, at }: ContentDeclaration): FilesContent {
  const plain = { mode: undefined, capabilities: [], replace: false, closure: undefined };
  const selection = { include: undefined, exclude: [] };
  const to = { path: 'file', intoDirectory: false };
  return { kind: 'files', source: path, sourceAt: at, to, selection, owner, at, ...plain };
}

function filesOf(content: ContentDeclaration): readonly FilesContent[] {
  switch (content.kind) {
    case 'files':
      return [content];
    case 'certificates':
      return content.sources.map(({ path }) => single(path, content));
    case 'debian':
      return content.keyring === undefined ? [] : [single(content.keyring.path, content)];
    default:
      return [];
  }
}

/**
 * Every file of this machine that goes into the image by itself, with its digest: also of layers that nothing is known of
 * yet, since an artifact has not run.
 *
 * @throws TbuildError as `readFiles`
 */
export async function readSourceFacts({
  host,
  file,
  digests,
  steps,
}: BuildContext): Promise<ReturnType<typeof sourceFacts>> {
  const { manifest, directory } = file;
  const layers = manifest.platforms.flatMap((platform) => manifest.forPlatform(platform).layers);
  const contents = layers.flatMap((layer) => layer.contents.flatMap(filesOf));
  const each = new Map(contents.map((content) => [canonicalJson(plainOf(content)!), content]));
  const trees = await steps.run(`files of ${manifest.file}`, async (step) => {
    const progress = (bytes: number, count: number): void => {
      host.interruption.throwIfAborted();
      step.advance(bytes, count);
    };
    const read: FileTree[] = [];
    for (const content of each.values()) read.push(await readFiles(content, { host, directory, digests, progress }));
    return read;
  });
  return sourceFacts(trees);
}

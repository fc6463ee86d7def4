import { fail } from '../errors/index.js';
import type { FetchContent } from '../manifest/index.js';
import { redactUrl } from '../network/index.js';
import type { Digest } from '../oci/index.js';
import type { Content } from '../store/index.js';
import type { ReadMember } from '../tar/index.js';
import { type Entry, type FileTree, type Origin, treeOf } from '../tree/index.js';
import type { Chunks } from '../util/index.js';
import { readArchiveTree, type TreeArchive } from './archive-tree.js';
import { openArchive } from './archives/open-archive.js';
import { unpackMembers } from './archives/unpack-members.js';
import { type Download, download } from './download.js';
import { fetchHeaders } from './fetch-headers.js';
import { fetchName } from './fetch-name.js';
import type { ContentContext } from './input-context.js';
import { attributesOfFile, attributesOfOther, placeBelow, placeDirectory, placeSingle } from './placement.js';
import { Selector, walkSelected } from './selector.js';
import { stripTree } from './strip-tree.js';
import type { TreeItem } from './tree-children.js';

const OWNER_EXECUTES = 0o100;

const shownOf = ({ urls }: FetchContent): string => redactUrl(urls[0]!.url);

/** What to do where the file is another than its pin says. */
function mismatchHint({ digest, urls }: FetchContent): string {
  if (digest !== undefined) return 'If the file was meant to change, change "sha256" in image.yaml.';
  return `If the file was meant to change, pin it anew: tbuild lock --update ${shellWord(urls[0]!.url.href)}`;
}

const shellWord = (text: string): string =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A file that is fetched when it is needed. */
interface FetchedFile {
  readonly digest: Digest;
  /** Brings it into the store, where it is not there. */
  ensure(): Promise<Content>;
}

/** The pinned file, not fetched yet; one that is not pinned is, and then pinned. */
async function pinnedFile(content: FetchContent, context: ContentContext): Promise<FetchedFile> {
  const { urls, at, limitBytes } = content;
  const request: Download = {
    urls: urls.map(({ url }) => url),
    limitBytes,
    headersFor: fetchHeaders(content, context),
    what: shownOf(content),
    mismatchHint: mismatchHint(content),
    at,
  };
  const key = urls[0]!.url.href;
  const expected = content.digest === undefined ? context.pins.fetch(key, at) : { digest: content.digest };
  if (expected !== undefined) {
    return { digest: expected.digest, ensure: () => download({ ...request, expected }, context) };
  }
  const found = await download(request, context);
  context.pins.setFetch(key, found);
  return { digest: found.digest, ensure: () => download({ ...request, expected: found }, context) };
}

/** Where the file goes, which needs no look at it. */
function pathOf(content: FetchContent): string {
  const { intoDirectory, path } = content.to;
  return placeSingle(content, intoDirectory || path === '' ? fetchName(content) : '');
}

async function readSingle(content: FetchContent, context: ContentContext): Promise<FileTree> {
  const facts = { path: pathOf(content), ...attributesOfFile(content, false), origin: originOf(content) };
  const stored = await (await pinnedFile(content, context)).ensure();
  const open = (): Chunks => context.store.chunks(stored);
  return treeOf([{ kind: 'file', ...facts, ...stored, open }]);
}

function originOf(content: FetchContent): Origin {
  return { kind: 'fetch', label: `fetch ${shownOf(content)}`, at: content.at };
}

/** An entry of the archive at its place in the image, as one of the same kind among files of this machine would be. */
function placed(content: FetchContent, { entry, path }: TreeItem): Entry {
  const { origin } = entry;
  const place = placeBelow(content, path);
  if (entry.kind === 'file') {
    const { size, digest, open, extent } = entry;
    const attributes = attributesOfFile(content, (entry.mode & OWNER_EXECUTES) !== 0);
    const where = extent === undefined ? {} : { extent };
    return { kind: 'file', path: place, ...attributes, size, digest, ...where, open, origin };
  }
  if (entry.kind === 'symlink') {
    return { kind: 'symlink', path: place, ...attributesOfOther(content, 'symlink'), target: entry.target, origin };
  }
  return { kind: 'directory', path: place, ...attributesOfOther(content, 'directory'), claim: 'walked', origin };
}

function refuseUnmatched(selector: Selector, content: FetchContent): void {
  const [pattern] = selector.unmatched;
  if (pattern === undefined) return;
  throw fail('input-empty', {
    message: `${JSON.stringify(pattern.glob)} matches nothing in ${shownOf(content)}`,
    hint: 'Patterns see paths as they are after "strip" ("**/" stands for any number of directories), and "exclude" comes first.',
    at: pattern.at,
    details: { pattern: pattern.glob, url: shownOf(content) },
  });
}

async function readExtracted(
  content: FetchContent & { readonly extract: NonNullable<FetchContent['extract']> },
  context: ContentContext,
): Promise<FileTree> {
  const file = await pinnedFile(content, context);
  const { strip, selection } = content.extract;
  const { at } = content;
  const origin = originOf(content);
  async function* members(): AsyncGenerator<ReadMember> {
    yield* openArchive({ content: await file.ensure(), shown: shownOf(content), at }, context.store);
  }
  const { host, store } = context;
  const archive: TreeArchive = {
    key: file.digest,
    origin,
    at,
    async unpack(into, tick) {
      const found = await unpackMembers(members(), { host, directory: store.directory, into, origin, tick });
      return { ...found, facts: '' };
    },
  };
  const { tree } = await readArchiveTree(archive, context);
  const children = stripTree(tree, strip, content);
  const selector = new Selector(selection);
  const entries: Entry[] = [...placeDirectory(content, origin)];
  walkSelected<TreeItem>(selector, {
    childrenOf: (directory) => children.get(directory?.path ?? '') ?? [],
    onSelected: (item) => entries.push(placed(content, item)),
  });
  refuseUnmatched(selector, content);
  return treeOf(entries);
}

/**
 * A file of the web, or what is in it. Its pin is `sha256` of image.yaml, else that of the lock; where there is none it is
 * fetched and pinned. Of an archive the listing is kept, so that a pinned one need not be in the cache.
 *
 * @throws TbuildError as `download`, `pin-missing`, `secret-missing`, `credentials-invalid`, `input-name`, `input-kind`,
 *   `input-empty`, `path-clash`, `archive-ambiguous`, `archive-limit`, `compression-invalid`, `compression-limit`
 */
export async function readFetch(content: FetchContent, context: ContentContext): Promise<FileTree> {
  const { extract } = content;
  return extract === undefined ? readSingle(content, context) : readExtracted({ ...content, extract }, context);
}

import type { ContentDeclaration, LayerDeclaration } from '../manifest/index.js';
import { redactUrl } from '../network/index.js';
import { type Entry, emptyTree, type FileTree, type Origin, treeOf } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import type { ContentPlace, TakenContents } from './taken-contents.js';

/** The entries of the layers of an image, with their origins; files can be opened. */
interface LayersToTakeFrom {
  /** From the bottom up. @param platform as rendered */
  listings(platform: string): readonly { readonly name: string; readonly tree: FileTree }[];
}

/**
 * True for what comes from the files or programs of the machine that built the image, and for what is fetched with its secrets: a
 * record, which anybody may have written, must not have those of another machine sent somewhere.
 */
function isOnlyInRepository(content: ContentDeclaration): boolean {
  switch (content.kind) {
    case 'files':
    case 'artifact':
      return true;
    case 'certificates':
      return content.sources.length > 0;
    case 'image':
      return content.reference.transport !== 'docker';
    case 'fetch':
      return content.headers.length > 0;
    default:
      return false;
  }
}

/** What a content is called where its entries are. */
function labelOf(content: ContentDeclaration): string {
  switch (content.kind) {
    case 'files':
      return `files ${content.source}`;
    case 'artifact':
      return `artifact ${content.artifact}`;
    case 'image':
      return `image ${content.text}`;
    case 'fetch':
      return `fetch ${redactUrl(content.urls[0]!.url)}`;
    case 'certificates':
      return ['certificates', ...content.sources.map(({ path }) => path)].join(' ');
    default:
      return content.kind;
  }
}

/** Kinds that rewrite files which a content before them may have put there. */
function rewrites({ kind }: ContentDeclaration): boolean {
  return kind === 'accounts' || kind === 'certificates';
}

function digestsIn({ entries }: FileTree): string {
  return entries
    .flatMap((entry) => (entry.kind === 'file' ? [entry.digest] : []))
    .sort(compareUtf8)
    .join();
}

/**
 * Contents of an image that exists in place of those whose sources only its repository has. Entries are found by their
 * origins; they are where they really are, so that putting them together once more leaves them there.
 */
export class TakenFromImage implements TakenContents {
  readonly #image: LayersToTakeFrom;
  readonly #taken = new Set<string>();

  constructor(image: LayersToTakeFrom) {
    this.#image = image;
  }

  /** What was taken so far, once each: `layer app (linux/amd64): files ./src`. */
  get taken(): readonly string[] {
    return [...this.#taken];
  }

  add(what: string): void {
    this.#taken.add(what);
  }

  async treeOf(place: ContentPlace, read: () => Promise<FileTree>): Promise<FileTree> {
    const { content, layer } = place;
    if (isOnlyInRepository(content)) return this.#take(place);
    const made = await read();
    const before = layer.contents.slice(0, layer.contents.indexOf(content));
    if (!rewrites(content) || !before.some(isOnlyInRepository)) return made;
    // What it was made from may have been a file of the repository, of which the layer shows only what became of it.
    return digestsIn(this.#find(place)) === digestsIn(made) ? made : this.#take(place);
  }

  #take(place: ContentPlace): FileTree {
    this.add(`layer ${place.layer.name} (${place.platform}): ${labelOf(place.content)}`);
    return this.#find(place);
  }

  #find({ content, layer, platform }: ContentPlace): FileTree {
    const label = labelOf(content);
    const declared = new Set(layer.contents.map(labelOf));
    // Listings are those of a digest: another platform may have made the same layer from something that it calls otherwise.
    const isOf = ({ kind, label: found }: Origin): boolean =>
      kind === content.kind && (found === label || !declared.has(found));
    const entries = new Map<string, Entry>();
    for (const { name, tree } of this.#image.listings(platform)) {
      if (!isPartOf(name, layer)) continue;
      for (const entry of tree.entries) if (isOf(entry.origin)) entries.set(entry.path, entry);
    }
    return entries.size === 0 ? emptyTree : treeOf(entries.values());
  }
}

/** A layer that is split over its packages is several of the image. */
function isPartOf(name: string, { name: declared, split }: LayerDeclaration): boolean {
  return name === declared || (split !== undefined && name.startsWith(`${declared}/`));
}

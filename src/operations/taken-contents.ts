import type { ContentDeclaration, LayerDeclaration } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';

/** One content of one layer, for one platform. */
export interface ContentPlace {
  readonly content: ContentDeclaration;
  readonly layer: LayerDeclaration;
  /** As rendered. */
  readonly platform: string;
}

/** Contents that are not made from their sources, where those are not at hand. Artifacts do not run then. */
export interface TakenContents {
  /** The tree of a content: what `read` makes of its sources, or what somebody else knows of it. */
  treeOf(place: ContentPlace, read: () => Promise<FileTree>): Promise<FileTree>;
}

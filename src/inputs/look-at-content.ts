import type { ContentDeclaration } from '../manifest/index.js';
import type { Digest } from '../oci/index.js';
import { digestOfTree, type FileTree } from '../tree/index.js';
import { lazy } from '../util/index.js';
import { readArtifactFiles } from './artifact-files.js';
import { readDirectory, readSymlink, readText } from './declared.js';
import { lookAtFiles } from './files.js';
import type { ContentContext } from './input-context.js';

/** A content of which it is known what it is, before its tree is made. */
export interface LookedContent {
  /** With the declaration and the platform it decides the tree; null where these alone do. */
  readonly identity: Digest | null;
  /** @throws TbuildError what reading its kind reports */
  readonly tree: () => FileTree;
}

/** True for a content that rests on nothing but its declaration and what `lookAtContent` looks at. */
export function canBeLookedAt(content: ContentDeclaration): boolean {
  return content.kind === 'files' ? content.closure === undefined : OTHERS.has(content.kind);
}

const OTHERS: ReadonlySet<ContentDeclaration['kind']> = new Set(['artifact', 'text', 'directory', 'symlink']);

/** @throws TbuildError what looking at files reports; RangeError where `canBeLookedAt` says no */
export async function lookAtContent(content: ContentDeclaration, context: ContentContext): Promise<LookedContent> {
  switch (content.kind) {
    case 'files':
      return lookAtFiles(content, context);
    case 'artifact': {
      const output = context.artifactOutput(content.artifact);
      return { identity: digestOfTree(output), tree: lazy(() => readArtifactFiles(content, output)) };
    }
    case 'text':
      return { identity: null, tree: lazy(() => readText(content)) };
    case 'directory':
      return { identity: null, tree: lazy(() => readDirectory(content)) };
    case 'symlink':
      return { identity: null, tree: lazy(() => readSymlink(content)) };
    default:
      throw new RangeError(`a content of kind ${content.kind} has to be read`);
  }
}

import type { ContentDeclaration } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import { readArtifactFiles } from './artifact-files.js';
import { readDirectory, readSymlink, readText } from './declared.js';
import { readFiles } from './files.js';
import type { InputContext } from './input-context.js';

/**
 * The tree of one declared content: paths as in the image, symlinks of lower layers not yet followed.
 * `artifactOutput` gives the output of an artifact that was built.
 *
 * @throws TbuildError `input-…`, `artifact-output`, `manifest-wrong-value`
 */
export async function readContent(
  content: ContentDeclaration,
  context: InputContext,
  artifactOutput: (name: string) => FileTree,
): Promise<FileTree> {
  switch (content.kind) {
    case 'files':
      return readFiles(content, context);
    case 'artifact':
      return readArtifactFiles(content, artifactOutput(content.artifact));
    case 'text':
      return readText(content);
    case 'directory':
      return readDirectory(content);
    case 'symlink':
      return readSymlink(content);
  }
}

import type { ContentDeclaration } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import { readAccounts } from './accounts.js';
import { readArtifactFiles } from './artifact-files.js';
import { readCertificates } from './certificates.js';
import { readDebian } from './debian/read-debian.js';
import { readDirectory, readSymlink, readText } from './declared.js';
import { readFetch } from './fetch.js';
import { readFiles } from './files.js';
import { readImageFiles } from './image.js';
import type { ContentContext } from './input-context.js';
import { readRemove } from './remove.js';

/**
 * The tree of one declared content: paths as in the image, symlinks of lower layers not yet followed.
 *
 * @throws TbuildError what its kind reports, with the place of the content
 */
export async function readContent(content: ContentDeclaration, context: ContentContext): Promise<FileTree> {
  switch (content.kind) {
    case 'files':
      return readFiles(content, context);
    case 'artifact':
      return readArtifactFiles(content, context.artifactOutput(content.artifact));
    case 'text':
      return readText(content);
    case 'directory':
      return readDirectory(content);
    case 'symlink':
      return readSymlink(content);
    case 'fetch':
      return readFetch(content, context);
    case 'debian':
      return readDebian(content, context);
    case 'image':
      return readImageFiles(content, context);
    case 'accounts':
      return readAccounts(content, context);
    case 'certificates':
      return readCertificates(content, context);
    case 'remove':
      return readRemove(content, context);
  }
}

import type { ContentDeclaration } from '../manifest/index.js';
import type { FileTree } from '../tree/index.js';
import { readAccounts } from './accounts.js';
import { readArtifactFiles } from './artifact-files.js';
import { readCertificates } from './certificates.js';
import { readDirectory, readSymlink, readText } from './declared.js';
import { readFiles } from './files.js';
import type { ContentContext } from './input-context.js';
import { readRemove } from './remove.js';

/**
 * The tree of one declared content: paths as in the image, symlinks of lower layers not yet followed. What reads archives
 * is loaded where it is needed: most plans have nothing to read.
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
      return (await import('./fetch.js')).readFetch(content, context);
    case 'debian':
      return (await import('./debian/read-debian.js')).readDebian(content, context);
    case 'image':
      return (await import('./image.js')).readImageFiles(content, context);
    case 'accounts':
      return readAccounts(content, context);
    case 'certificates':
      return readCertificates(content, context);
    case 'remove':
      return readRemove(content, context);
  }
}

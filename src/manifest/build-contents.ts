import type { LayerDeclaration, LayerSplit } from './build-manifest.js';
import type {
  ArtifactContent,
  CertificatesContent,
  ContentDeclaration,
  DirectoryContent,
  FilesContent,
  Owner,
  RemoveContent,
  SymlinkContent,
  TextContent,
} from './content-declaration.js';
import { accountsOf } from './contents/accounts.js';
import { closureOf } from './contents/closure.js';
import { debianOf } from './contents/debian.js';
import { fetchOf } from './contents/fetch.js';
import { imageOf } from './contents/image.js';
import { factsOf, modeOf, ownerOf, type Place, type SpanOf, selectionOf } from './contents/place.js';
import { destinationOf } from './destination.js';
import type * as Yaml from './generated/image-yaml.js';

const ROOT: Owner = { uid: 0, gid: 0 };
const TEXT_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** What files of this machine and of artifacts have in common. */
function placedOf(written: Yaml.FilesContent | Yaml.ArtifactContent, place: Place) {
  return {
    ...factsOf(written, place),
    to: destinationOf(written.to),
    selection: selectionOf(written, place.path, place.spanOf),
    mode: modeOf(written.mode),
    capabilities: written.capabilities ?? [],
  };
}

function filesOf(written: Yaml.FilesContent, place: Place): FilesContent {
  const { path, spanOf } = place;
  const source = { source: written.files, sourceAt: spanOf([...path, 'files']) };
  return { kind: 'files', ...source, closure: closureOf(written, path, spanOf), ...placedOf(written, place) };
}

function artifactOf(written: Yaml.ArtifactContent, place: Place): ArtifactContent {
  const path = (written.path ?? '').replace(/^\.$/, '').replace(/\/$/, '');
  return { kind: 'artifact', artifact: written.artifact, path, ...placedOf(written, place) };
}

function textOf(written: Yaml.TextContent, place: Place): TextContent {
  const { text, to, mode } = written;
  return { kind: 'text', text, to: destinationOf(to), mode: modeOf(mode) ?? TEXT_MODE, ...factsOf(written, place) };
}

function directoryOf(written: Yaml.DirectoryContent, place: Place): DirectoryContent {
  const mode = modeOf(written.mode) ?? DIRECTORY_MODE;
  return { kind: 'directory', to: destinationOf(written.directory), mode, ...factsOf(written, place) };
}

function symlinkOf(written: Yaml.SymlinkContent, place: Place): SymlinkContent {
  return { kind: 'symlink', target: written.symlink, to: destinationOf(written.to), ...factsOf(written, place) };
}

function certificatesOf({ certificates }: Yaml.CertificatesContent, place: Place): CertificatesContent {
  const at = (index: number) => place.spanOf([...place.path, 'certificates', index]);
  const sources = certificates.map((path, index) => ({ path, at: at(index) }));
  return { kind: 'certificates', sources, ...factsOf({}, place) };
}

function removeOf({ remove }: Yaml.RemoveContent, place: Place): RemoveContent {
  const at = (index: number) => place.spanOf([...place.path, 'remove', index]);
  const paths = remove.map((text, index) => ({ path: destinationOf(text).path, at: at(index) }));
  return { kind: 'remove', paths, ...factsOf({}, place) };
}

function contentOf(written: Yaml.Content, place: Place): ContentDeclaration {
  if ('files' in written) return filesOf(written, place);
  if ('artifact' in written) return artifactOf(written, place);
  if ('text' in written) return textOf(written, place);
  if ('directory' in written) return directoryOf(written, place);
  if ('symlink' in written) return symlinkOf(written, place);
  if ('fetch' in written) return fetchOf(written, place);
  if ('debian' in written) return debianOf(written, place);
  if ('image' in written) return imageOf(written, place);
  if ('accounts' in written) return accountsOf(written, place);
  if ('certificates' in written) return certificatesOf(written, place);
  return removeOf(written, place);
}

function splitOf(written: Yaml.Layer['split'], at: LayerSplit['at']): LayerSplit | undefined {
  if (written === undefined) return undefined;
  const { by, budget } = typeof written === 'string' ? { by: written, budget: undefined } : written;
  return { by, budget, at };
}

/** The layers of a checked manifest. */
export function layersOf(written: Yaml.ImageYaml['layers'], spanOf: SpanOf): readonly LayerDeclaration[] {
  return (written ?? []).map((layer, index) => {
    const path = ['layers', index];
    const owner = ownerOf(layer.owner, ROOT);
    const contents = layer.contents.map((content, position) =>
      contentOf(content, { path: [...path, 'contents', position], spanOf, owner }),
    );
    return { name: layer.name, contents, split: splitOf(layer.split, spanOf([...path, 'split'])), at: spanOf(path) };
  });
}

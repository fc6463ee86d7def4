import type { SourceSpan } from '../errors/index.js';
import type {
  ArtifactContent,
  ContentDeclaration,
  FilesContent,
  LayerDeclaration,
  ManifestPath,
  Owner,
  Selection,
} from './build-manifest.js';
import { destinationOf } from './destination.js';
import type * as Yaml from './generated/image-yaml.js';

export type SpanOf = (path: ManifestPath) => SourceSpan;

const ROOT: Owner = { uid: 0, gid: 0 };
const TEXT_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

function ownerOf(written: string | undefined, usual: Owner): Owner {
  if (written === undefined) return usual;
  const [uid, gid] = written.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}

function modeOf(written: string | undefined): number | undefined {
  return written === undefined ? undefined : Number.parseInt(written, 8);
}

/** `include` and `exclude` of the map at the path. */
export function selectionOf(
  written: { readonly include?: readonly string[]; readonly exclude?: readonly string[] },
  path: ManifestPath,
  spanOf: SpanOf,
): Selection {
  const patterns = (key: 'include' | 'exclude') =>
    written[key]?.map((glob, index) => ({ glob, at: spanOf([...path, key, index]) }));
  return { include: patterns('include'), exclude: patterns('exclude') ?? [] };
}

interface Place {
  readonly path: ManifestPath;
  readonly spanOf: SpanOf;
  /** The layer's. */
  readonly owner: Owner;
}

function factsOf(written: { owner?: string; replace?: boolean }, { path, spanOf, owner }: Place) {
  return { owner: ownerOf(written.owner, owner), replace: written.replace ?? false, at: spanOf(path) };
}

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
  const sourceAt = place.spanOf([...place.path, 'files']);
  return { kind: 'files', source: written.files, sourceAt, ...placedOf(written, place) };
}

function artifactOf(written: Yaml.ArtifactContent, place: Place): ArtifactContent {
  const path = (written.path ?? '').replace(/^\.$/, '').replace(/\/$/, '');
  return { kind: 'artifact', artifact: written.artifact, path, ...placedOf(written, place) };
}

function contentOf(written: Yaml.Content, place: Place): ContentDeclaration {
  if ('files' in written) return filesOf(written, place);
  if ('artifact' in written) return artifactOf(written, place);
  if ('text' in written) {
    const { text, to, mode } = written;
    return { kind: 'text', text, to: destinationOf(to), mode: modeOf(mode) ?? TEXT_MODE, ...factsOf(written, place) };
  }
  if ('directory' in written) {
    const mode = modeOf(written.mode) ?? DIRECTORY_MODE;
    return { kind: 'directory', to: destinationOf(written.directory), mode, ...factsOf(written, place) };
  }
  if ('symlink' in written) {
    const to = destinationOf(written.to);
    return { kind: 'symlink', target: written.symlink, to, ...factsOf(written, place) };
  }
  throw new Error('a content that is not supported was not refused');
}

/** The layers of a checked manifest. */
export function layersOf(written: Yaml.ImageYaml['layers'], spanOf: SpanOf): readonly LayerDeclaration[] {
  return (written ?? []).map((layer, index) => {
    const path = ['layers', index];
    const owner = ownerOf(layer.owner, ROOT);
    const contents = layer.contents.map((content, position) =>
      contentOf(content, { path: [...path, 'contents', position], spanOf, owner }),
    );
    return { name: layer.name, contents, at: spanOf(path) };
  });
}

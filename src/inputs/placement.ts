import { fail } from '../errors/index.js';
import type { ArtifactContent, FetchContent, FilesContent } from '../manifest/index.js';
import type { DirectoryEntry, Origin } from '../tree/index.js';
import { capabilityAttribute } from './capabilities.js';
import { PATH_BYTES_MAX, problemOfName } from './host-name.js';

/** A content that puts files of a source somewhere. */
export type PlacedContent = FilesContent | ArtifactContent | FetchContent;

/** Metadata of the entries of a content, besides their kind. */
interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

const DIRECTORY_MODE = 0o755;
const SYMLINK_MODE = 0o777;

/** Directories and symlinks take the owner only. */
export function attributesOfOther({ owner }: PlacedContent, kind: 'directory' | 'symlink'): Attributes {
  return { mode: kind === 'directory' ? DIRECTORY_MODE : SYMLINK_MODE, uid: owner.uid, gid: owner.gid };
}

/** The declared mode, else 0755 for programs and 0644 for the rest: other permission bits of the source never show. */
export function attributesOfFile({ owner, mode, capabilities }: PlacedContent, isExecutable: boolean): Attributes {
  const attributes = { mode: mode ?? (isExecutable ? 0o755 : 0o644), uid: owner.uid, gid: owner.gid };
  if (capabilities.length === 0) return attributes;
  return { ...attributes, xattrs: new Map([['security.capability', capabilityAttribute(capabilities)]]) };
}

function checked(path: string, { at }: PlacedContent): string {
  if (path.length * 3 <= PATH_BYTES_MAX || Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  const message = `The path "/${path.slice(0, 200)}…" in the image is longer than ${PATH_BYTES_MAX} bytes`;
  throw fail('input-limit', { message, at });
}

/** Where a single file goes: to `to` itself, or below it under its own name where `to` ends in a slash. */
export function placeSingle(content: PlacedContent, name: string): string {
  const { path, intoDirectory } = content.to;
  if (!intoDirectory && path !== '') return checked(path, content);
  const problem = problemOfName(name);
  if (problem === undefined) return checked(path === '' ? name : `${path}/${name}`, content);
  throw fail('input-name', { message: `The name of ${JSON.stringify(name)} ${problem}`, at: content.at });
}

/** Where something below a directory goes: the directory's contents go to `to`. */
export function placeBelow(content: PlacedContent, path: string): string {
  return content.to.path === '' ? path : checked(`${content.to.path}/${path}`, content);
}

/** The directory that `to` names, for a source that is a directory; none for the root of the image. */
export function placeDirectory(content: PlacedContent, origin: Origin): readonly DirectoryEntry[] {
  const { path } = content.to;
  if (path === '') return [];
  return [{ kind: 'directory', path, ...attributesOfOther(content, 'directory'), claim: 'walked', origin }];
}

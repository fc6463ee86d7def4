import { posix } from 'node:path';
import { renderPath } from '../source-node.js';
import { debianContents } from './debian-draft.js';
import { RPM_NAMES } from './debian-names.js';
import type { Draft, DraftMap } from './draft.js';
import type { ImportPlace } from './foreign-manifest.js';
import type { ForeignMap } from './foreign-map.js';
import { type Found, type Reading, valuesOf } from './reading.js';

const DOCKER_HUB = ['registry-1.docker.io', 'index.docker.io'];
const COMPRESSED = /\.(?:tar\.gz|tgz)$/;
const IMAGE = /^https?:\/\/|\.(?:tar|tar\.gz|tgz)(?::[^:/]*)?$/;

/** `usr/bin/`, which smith takes from the root, → `/usr/bin`. */
export function absolutePath(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '');
}

/** `image.tar.gz:tag` beside smith.yaml → an archive for image.yaml, which has to be unpacked for it. */
export function archiveOf(found: Found<string>, { directory }: ImportPlace, reading: Reading): string {
  const [, file = '', tag] = /^(.*?)(?::([^:/]*))?$/s.exec(found.value) ?? [];
  const path = posix.isAbsolute(file) ? file : posix.join(directory, file);
  if (COMPRESSED.test(file)) {
    reading.warn(found.path, `${renderPath(found.path)}: the archive has to be unpacked for tbuild: gunzip -k ${file}`);
  }
  return `oci-archive:${path.replace(COMPRESSED, '.tar')}${tag === undefined ? '' : `:${tag}`}`;
}

/** `https://registry-1.docker.io/library/fedora` → `docker.io/library/fedora`; undefined for what is no URL. */
function referenceOf(found: Found<string>, reading: Reading): string | undefined {
  const [, user, host = '', path = ''] = /^https?:\/\/(?:([^/@]*)@)?([^/]*)\/?(.*)$/s.exec(found.value) ?? [];
  if (host === '') return undefined;
  if (user !== undefined) {
    const message = `${renderPath(found.path)}: the credentials are left out: "tbuild login" keeps them`;
    reading.warn(found.path, message);
  }
  return `${DOCKER_HUB.includes(host) ? 'docker.io' : host}/${path}`;
}

/** What smith takes from the image where smith.yaml does not say it. */
const INHERITED = ['dir', 'entrypoint', 'cmd', 'env', 'ports', 'labels'];

interface Wanted {
  readonly package: Found<string>;
  readonly isImage: boolean;
  /** Globs, absolute. */
  readonly paths: readonly string[];
  readonly closure: Draft;
}

function imageContents(wanted: Wanted, top: ForeignMap, place: ImportPlace, reading: Reading): Draft | undefined {
  const { package: found, paths, closure } = wanted;
  const image = referenceOf(found, reading) ?? archiveOf(found, place, reading);
  const contents = [{ image, paths, closure }];
  if (!reading.accepts(found, { layers: [{ name: 'x', contents }] })) return undefined;
  const inherited = INHERITED.filter((key) => !top.has(key));
  if (inherited.length > 0) {
    const message = `smith also takes ${inherited.join(', ')} from the image's config where it has them: write them in config`;
    reading.warn(found.path, `${renderPath(found.path)}: ${message}`);
  }
  return contents;
}

/** The paths that image.yaml takes, each once. */
function pathsOf(top: ForeignMap, reading: Reading): readonly string[] {
  const paths = top.texts('paths').filter(({ value }) => value !== '');
  const absolute = paths.map((found) => ({ ...found, value: absolutePath(found.value) }));
  const fitting = reading.fitting(absolute, (some) => ({
    layers: [{ name: 'x', contents: [{ image: 'x', paths: valuesOf(some) }] }],
  }));
  return valuesOf(fitting);
}

/** Packages of RPM unless the file, or the look of the package, says that it is an image. */
function isImage(type: Found<string> | undefined, found: Found<string>, reading: Reading): boolean {
  const looks = IMAGE.test(found.value);
  if (type === undefined) return looks;
  if (['oci', 'container'].includes(type.value)) return true;
  if (type.value !== 'mock') reading.leaveOut(type.path, `smith knows no type ${JSON.stringify(type.value)}`);
  return type.value === 'mock' ? false : looks;
}

/** `type`, `package`, `paths` and `excludes` of smith.yaml → the layer with them, or nothing. */
export function importSmithPackage(
  top: ForeignMap,
  { place, nameService }: { readonly place: ImportPlace; readonly nameService: boolean },
  reading: Reading,
): readonly DraftMap[] {
  const type = top.text('type');
  const found = top.text('package');
  const paths = pathsOf(top, reading);
  for (const { path } of top.texts('excludes')) reading.leaveOut(path, 'narrow "paths" down, until they do without it');
  if (found === undefined || paths.length === 0) {
    if (found !== undefined) reading.leaveOut(found.path, 'without paths nothing of it is in the image');
    return [];
  }
  const closure = nameService ? { 'name-service': true } : true;
  const wanted = { package: found, isImage: isImage(type, found, reading), paths, closure };
  const packages = { kind: 'RPM', wanted: [found], names: RPM_NAMES, more: { paths, closure } };
  const contents = wanted.isImage ? imageContents(wanted, top, place, reading) : debianContents(packages, reading);
  return contents === undefined ? [] : [{ name: 'package', contents }];
}

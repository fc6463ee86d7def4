import { resolve } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import { errnoOf, type FileStat, type Files } from '../host/index.js';
import { closestOf, decodeUtf8, escapeBytes } from '../util/index.js';
import { type HostPlace, readingError } from './host-file.js';

function namesIn(directory: string, files: Files): readonly string[] {
  try {
    return files.readDirectory(directory).flatMap(({ bytes }) => decodeUtf8(bytes) ?? []);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** The path as written, with the first name that does not exist replaced by one that does and looks like it. */
function correctionOf(written: string, directory: string, files: Files): string | undefined {
  const names = written.split('/');
  for (let i = 0; i < names.length; i++) {
    const parent = resolve(directory, names.slice(0, i).join('/') || (written.startsWith('/') ? '/' : '.'));
    if (names[i] === '' || files.stat(resolve(parent, names[i]!)) !== undefined) continue;
    const meant = closestOf(names[i]!, [...namesIn(parent, files)].sort());
    return meant === undefined ? undefined : [...names.slice(0, i), meant, ...names.slice(i + 1)].join('/');
  }
  return undefined;
}

function hintFor(shown: string, directory: string, files: Files): string | undefined {
  if (shown.startsWith('~')) return 'Write it relative to image.yaml: "~" is a name like others.';
  if (/[*?[{]/.test(shown))
    return 'Name the directory, and select in it with include: ["*.txt"]. Globs stand nowhere else.';
  const meant = correctionOf(shown, directory, files);
  return meant === undefined ? 'Paths start at the directory of image.yaml.' : `Did you mean ${JSON.stringify(meant)}?`;
}

function missing({ absolute, shown, at }: HostPlace, directory: string, files: Files): TbuildError {
  const link = files.lstat(absolute)?.kind === 'symlink' ? files.readLink(absolute) : undefined;
  const what = link === undefined ? 'does not exist' : `is a symlink to "${escapeBytes(link)}", which does not exist`;
  const hint = link === undefined ? hintFor(shown, directory, files) : undefined;
  return fail('input-missing', {
    message: `${JSON.stringify(shown)} ${what}`,
    hint,
    at,
    details: { path: shown },
  });
}

/**
 * The file or directory that an input names; a symlink is followed. Relative paths start from `directory`.
 * @throws TbuildError `input-missing`, `input-kind`, `input-unreadable`
 */
export function statInput(place: HostPlace, directory: string, files: Files): FileStat {
  let stat: FileStat | undefined;
  try {
    stat = files.stat(place.absolute);
    if (stat === undefined) throw missing(place, directory, files);
  } catch (error) {
    throw readingError(error, place);
  }
  if (stat.kind !== 'other') return stat;
  const message = `${JSON.stringify(place.shown)} is a socket, fifo or device, which an image cannot hold`;
  throw fail('input-kind', { message, at: place.at, details: { path: place.shown } });
}

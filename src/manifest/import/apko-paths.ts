import { renderPath } from '../source-node.js';
import type { DraftMap } from './draft.js';
import type { ForeignMap } from './foreign-map.js';
import type { Found, Reading } from './reading.js';

/**
 * `0o755` and `0755` are octal, as Go's YAML reads them, and anything else is the number itself. Undefined for what is
 * no mode, which becomes a warning.
 */
function modeOf(path: ForeignMap, reading: Reading): string | undefined {
  const found = path.count('permissions');
  if (found === undefined) return undefined;
  const mode = /^0[0-7]+$/.test(found.written) ? Number.parseInt(found.written, 8) : found.value;
  if (mode <= 0o7777) return mode.toString(8).padStart(4, '0');
  reading.leaveOut(found.path, `${found.written} is no mode`);
  return undefined;
}

/** Where one of both is written, the other is 0. */
function ownerOf(path: ForeignMap): string | undefined {
  const [uid, gid] = [path.count('uid'), path.count('gid')];
  return uid === undefined && gid === undefined ? undefined : `${uid?.value ?? 0}:${gid?.value ?? 0}`;
}

const RECURSIVE = 'it is about what packages bring, and these keep the modes and owners that they have';

interface Written {
  readonly path: ForeignMap;
  /** Absolute. */
  readonly to: Found<string>;
  readonly type: Found<string>;
}

/** Undefined for what image.yaml cannot say, which becomes a warning. */
function contentOf({ path, to, type }: Written, reading: Reading): DraftMap | undefined {
  const [mode, owner] = [modeOf(path, reading), ownerOf(path)];
  const source = path.text('source');
  switch (type.value) {
    case 'directory':
      return { directory: to.value, mode, owner };
    case 'empty-file':
      return { text: '', to: to.value, mode, owner };
    case 'symlink':
      return { symlink: source?.value ?? '', to: to.value, owner };
    case 'hardlink':
      reading.warn(
        type.path,
        `${renderPath(type.path)}: the hard link becomes a symlink, as layers have no hard links`,
      );
      return { symlink: source?.value ?? '', to: to.value, owner };
    case 'permissions':
      reading.leaveOut(path.path, 'files of packages keep the modes and owners that they have');
      return undefined;
    default:
      reading.leaveOut(path.path, `apko knows no type ${JSON.stringify(type.value)}`);
      return undefined;
  }
}

type FoundContent = Found<DraftMap> & { readonly to: string };

function importPath(path: ForeignMap, reading: Reading): readonly FoundContent[] {
  const to = path.text('path');
  const type = path.text('type');
  const recursive = path.flag('recursive');
  if (to === undefined || type === undefined) {
    reading.leaveOut(path.path, `it has no ${JSON.stringify(to === undefined ? 'path' : 'type')}`);
    return [];
  }
  const absolute = { ...to, value: to.value.startsWith('/') ? to.value : `/${to.value}` };
  const content = contentOf({ path, to: absolute, type }, reading);
  path.warnOfRest('apko');
  if (content === undefined) return [];
  if (recursive?.value === true && type.value === 'directory') reading.leaveOut(recursive.path, RECURSIVE);
  return [{ value: content, path: to.path, to: absolute.value }];
}

/**
 * `paths` of apko.yaml → contents. apko makes them one after the other, so a later one may replace an earlier one, or what
 * is at the places that are taken already.
 */
export function importApkoPaths(top: ForeignMap, taken: readonly string[], reading: Reading): readonly DraftMap[] {
  const contents = top.maps('paths').flatMap((path) => importPath(path, reading));
  const fitting = reading.fitting(contents, (some) => ({
    layers: [{ name: 'x', contents: some.map(({ value }) => value) }],
  }));
  const seen = new Set(taken);
  return fitting.map(({ value, to }) => {
    const isTaken = seen.has(to);
    seen.add(to);
    return isTaken ? { ...value, replace: true } : value;
  });
}

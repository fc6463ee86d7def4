import { ancestorsOf, type FileTree, treeOf } from '../../tree/index.js';

/**
 * What `slim` leaves out: documentation, manual pages, help and translations, as the slim images of Debian do it
 * (debuerreotype), and the like of old GNOME and KDE programs.
 */
const PLACES = [
  'usr/share/doc',
  'usr/share/gnome/help',
  'usr/share/groff',
  'usr/share/help',
  'usr/share/info',
  'usr/share/linda',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/omf',
];

/**
 * What stays in these places: licences have to go with what they are about; scanners read them too. The rest is data
 * that programs read whatever the language.
 */
const KEPT = [
  /^usr\/share\/doc\/[^/]+\/copyright$/,
  /^usr\/share\/locale\/(locale\.alias|languages|all_languages)$/,
  /^usr\/share\/locale\/(currency|l10n)\/./,
];

/** `usr/share/doc/libx-dev -> libx`: so the copyright file of one package is that of another. */
const SHARED_DOCUMENTATION = /^usr\/share\/doc\/[^/]+$/;

/** The tree of a package without what `slim` leaves out. Directories that it empties go as well. */
export function slimTree(tree: FileTree): FileTree {
  const isInPlace = (path: string): boolean => PLACES.some((place) => path === place || path.startsWith(`${place}/`));
  const kept = tree.entries.filter(
    ({ path, kind }) =>
      kind !== 'directory' &&
      isInPlace(path) &&
      (KEPT.some((pattern) => pattern.test(path)) || (kind === 'symlink' && SHARED_DOCUMENTATION.test(path))),
  );
  const stays = new Set(kept.flatMap(({ path }) => [path, ...ancestorsOf(path)]));
  return treeOf(tree.entries.filter(({ path }) => !isInPlace(path) || stays.has(path)));
}

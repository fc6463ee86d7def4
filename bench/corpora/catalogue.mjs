/**
 * The corpora by name: of which kind they are and how large, 1 being the size that the table of results is about.
 * S, B and Z are generated; N is what npm installs; D is a list of Debian's packages.
 */
export const CORPORA = {
  S: { title: 'S', kind: 'S', scale: 1, about: 'small files of text' },
  B: { title: 'B', kind: 'B', scale: 1, about: 'large files, 30 % of them random' },
  N: { title: 'N', kind: 'N', scale: 1, about: 'node_modules of a web application' },
  Z: { title: 'Z', kind: 'Z', scale: 1, about: 'data that is compressed already' },
  D: { title: 'D', kind: 'D', scale: 1, about: '150 packages of Debian 12' },
  'S-tenth': { title: 'S/10', kind: 'S', scale: 0.1, about: 'small files of text' },
  'B-tenth': { title: 'B/10', kind: 'B', scale: 0.1, about: 'large files, 30 % of them random' },
  'S-tenfold': { title: 'S × 10', kind: 'S', scale: 10, about: 'small files of text' },
  'B-tenfold': { title: 'B × 10', kind: 'B', scale: 10, about: 'large files, 30 % of them random' },
};

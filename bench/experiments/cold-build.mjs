import { join } from 'node:path';
import { shell } from '../command.mjs';
import { CORPORA } from '../corpora/catalogue.mjs';
import { editedCopy } from './edits.mjs';

const LIKE_TAR = 'tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0';

/** tbuild from nothing to an OCI layout. @param file image.yaml, or a directory with one */
export function applyCold(context, file) {
  return (place) => [
    [
      ...context.program,
      'apply',
      file,
      '--cache',
      join(place, 'cache'),
      '-o',
      `oci:${join(place, 'out')}:x`,
      '--quiet',
    ],
  ];
}

function umoci(root) {
  return (place) => {
    const layout = join(place, 'out');
    const image = ['--image', `${layout}:x`];
    return [
      ['umoci', 'init', '--layout', layout],
      ['umoci', 'new', ...image],
      ['umoci', 'insert', ...image, root, '/data'],
    ];
  };
}

function buildah(root) {
  return (place) => {
    const store = ['--root', join(place, 'store'), '--runroot', join(place, 'run'), '--storage-driver', 'vfs'];
    return [
      ['buildah', ...store, 'from', '--name', 'bench', 'scratch'],
      ['buildah', ...store, 'copy', '--quiet', 'bench', root, '/data'],
      ['buildah', ...store, 'commit', '--quiet', '--disable-compression=false', 'bench', `oci:${join(place, 'out')}:x`],
    ];
  };
}

/** `crane append` takes a tar and makes an archive: it has no way to a layout but over a registry. */
function crane(program, root) {
  return (place) => {
    const [layer, image] = [join(place, 'layer.tar'), join(place, 'image.tar')];
    return [
      shell(`${LIKE_TAR} -C "$1" -c . > "$2"`, root, layer),
      [program, 'append', '--oci-empty-base', '-f', layer, '-t', 'bench/x:x', '-o', image],
    ];
  };
}

/** A directory of files → one layer of gzip in an OCI layout, and the same again after an edit. */
export function gzipBuild(context, corpus) {
  const directory = context.directoryOf(corpus);
  const root = join(directory, 'root');
  const edited = editedCopy(context, CORPORA[corpus].kind, directory);
  return [
    { name: 'tbuild', commands: applyCold(context, directory) },
    { name: 'umoci', commands: umoci(root) },
    { name: 'buildah', commands: buildah(root) },
    {
      name: 'pigz',
      commands: () => [shell(`${LIKE_TAR} -C "$1" -c . | pigz -6 | sha256sum`, root)],
    },
    { name: 'crane', commands: crane(context.crane, root) },
    { name: 'changed', ...edited('changed') },
    { name: 'inserted', ...edited('inserted') },
  ];
}

/** A directory of files → one layer of zstd. */
export function zstdBuild(context, corpus) {
  const directory = context.directoryOf(corpus);
  return [
    { name: 'tbuild', commands: applyCold(context, join(directory, 'zstd.yaml')) },
    {
      name: 'zstd',
      commands: (place) => [
        shell(
          `${LIKE_TAR} -C "$1" -c . | zstd -q -3 -T0 -c > "$2"; sha256sum "$2"`,
          join(directory, 'root'),
          join(place, 'layer'),
        ),
      ],
    },
  ];
}

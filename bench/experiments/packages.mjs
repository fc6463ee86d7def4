import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hexOf, lockedPackages } from '../corpora/debian.mjs';
import { applyCold } from './cold-build.mjs';

/** A proxy where nobody listens: what is not in the cache cannot be had. */
const options = { env: { http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' } };

/** A cache that holds the packages as they were downloaded, and nothing that was made of them. */
export function cacheOfPackages(directory, cache) {
  const blobs = join(cache, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  for (const { path, digest } of lockedPackages(directory)) {
    copyFileSync(join(directory, 'debs', basename(path)), join(blobs, hexOf(digest)));
  }
}

/** Debian packages that are on this machine → an image, or an archive, of their files. */
export function packages(context, corpus) {
  const directory = context.directoryOf(corpus);
  return [
    {
      name: 'tbuild',
      options,
      before: (place) => cacheOfPackages(directory, join(place, 'cache')),
      commands: (place) => applyCold(context, directory)(place).map((command) => [...command, '--frozen']),
    },
    {
      name: 'mmdebstrap',
      commands: (place) => [
        [
          ...['mmdebstrap', '--quiet', '--variant=extract'],
          `--include=${lockedPackages(directory)
            .map(({ name }) => name)
            .join(',')}`,
          ...['bookworm', join(place, 'out.tar.gz'), `deb [trusted=yes] copy://${join(directory, 'debs')} ./`],
        ],
      ],
    },
  ];
}

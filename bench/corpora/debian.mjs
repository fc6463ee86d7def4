import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../command.mjs';
import { packagesManifest } from './manifests.mjs';

/** The packages that the lock beside `directory`/image.yaml pins: `name`, `digest`, `path`, `size`. */
export function lockedPackages(directory) {
  const lock = JSON.parse(readFileSync(join(directory, 'image.lock.json'), 'utf8'));
  return Object.values(lock.platforms).flatMap(({ debian }) =>
    Object.values(debian).flatMap(({ packages }) => packages),
  );
}

export const hexOf = (digest) => digest.slice(digest.indexOf(':') + 1);

/** A flat archive as apt reads it: what each package says of itself, where it is, and its size and digest. */
function packagesIndex(directory, packages) {
  return packages
    .map(({ path, size, digest }) => {
      const file = join(directory, 'debs', basename(path));
      const control = run(['dpkg-deb', '--field', file], { output: true }).trimEnd();
      return `${control}\nFilename: ./${basename(path)}\nSize: ${size}\nSHA256: ${hexOf(digest)}\n`;
    })
    .join('\n');
}

/**
 * image.yaml, its lock, and the packages themselves as a flat archive in debs/. The archive in the network is asked for the
 * packages' newest versions, so the corpus is the same for one point release of Debian 12.
 */
export function prepareDebian(directory, list, program) {
  const wanted = readFileSync(list, 'utf8').trim().split('\n');
  writeFileSync(join(directory, 'image.yaml'), packagesManifest(wanted));
  const cache = join(directory, 'cache');
  run([...program, 'apply', directory, '--cache', cache, '--no-frozen', '--quiet']);
  const packages = lockedPackages(directory);
  if (packages.length !== wanted.length) {
    throw new Error(`${wanted.length} packages are listed, but with what they depend on there are ${packages.length}`);
  }
  mkdirSync(join(directory, 'debs'));
  for (const { path, digest } of packages) {
    copyFileSync(join(cache, 'blobs', 'sha256', hexOf(digest)), join(directory, 'debs', basename(path)));
  }
  rmSync(cache, { recursive: true });
  writeFileSync(join(directory, 'debs', 'Packages'), packagesIndex(directory, packages));
}

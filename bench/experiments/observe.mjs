import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, settle, shell, watched } from '../command.mjs';
import { applyCold } from './cold-build.mjs';
import { cacheOfPackages } from './packages.mjs';

/** The file of the only layer of the only image in a layout. */
function layerFile(layout) {
  const blob = (digest) => join(layout, 'blobs', ...digest.split(':'));
  const document = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const [{ digest }] = document(join(layout, 'index.json')).manifests;
  const [layer] = document(blob(digest)).layers;
  return { file: blob(layer.digest), size: layer.size };
}

/**
 * One cold build, watched for memory.
 * @param compare whether to learn what `gzip -6` makes of the same tar
 * @returns `time` in milliseconds; in bytes the most `memory`, the `size` of the layer, and `gzipSize`
 */
export function observe(context, corpus, compare) {
  const directory = context.directoryOf(corpus);
  const place = join(context.scratch, `observed-${corpus}`);
  mkdirSync(place, { recursive: true });
  if (corpus === 'D') cacheOfPackages(directory, join(place, 'cache'));
  settle();
  const [command] = applyCold(context, directory)(place);
  const seen = watched(command, join(place, 'time'));
  const { file, size } = layerFile(join(place, 'out'));
  const gzip = compare ? run(shell('gzip -dc < "$1" | gzip -6 | wc -c', file), { output: true }) : undefined;
  rmSync(place, { recursive: true });
  return { ...seen, size, gzipSize: Number(gzip) };
}

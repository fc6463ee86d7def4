import type { ForeignMap } from './foreign-map.js';
import type { Reading } from './reading.js';

/** Names of architectures that Alpine writes in another way than OCI does. */
const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ['x86', 'linux/386'],
  ['x86_64', 'linux/amd64'],
  ['aarch64', 'linux/arm64'],
  ['armhf', 'linux/arm/v6'],
  ['armv7', 'linux/arm/v7'],
  ['loongarch64', 'linux/loong64'],
]);

/** `archs` of apko.yaml → `platforms`, each once; undefined where the file leaves them to the build. */
export function importApkoArchs(top: ForeignMap, reading: Reading): readonly string[] | undefined {
  const platforms = new Set<string>();
  for (const found of top.texts('archs')) {
    const { value, path } = found;
    const platform = PLATFORMS.get(value) ?? `linux/${value}`;
    if (value === 'host') continue;
    if (value === 'all') reading.leaveOut(path, 'write the platforms that the image is for');
    else if (reading.accepts(found, { platforms: [platform] })) platforms.add(platform);
  }
  return platforms.size === 0 ? undefined : [...platforms];
}

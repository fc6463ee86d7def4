import type { Compression } from '../oci/index.js';
import type { CompressionChoice } from './build-manifest.js';
import type { ImageYaml } from './generated/image-yaml.js';

/** Levels of a type of compression (format 1, "Compression"). */
const LEVELS: Readonly<Record<Compression, { readonly least: number; readonly most: number; readonly usual: number }>> =
  {
    gzip: { least: 1, most: 9, usual: 6 },
    zstd: { least: 1, most: 19, usual: 3 },
    none: { least: 0, most: 0, usual: 0 },
  };

function isType(type: unknown): type is Compression {
  return typeof type === 'string' && Object.hasOwn(LEVELS, type);
}

/** Why the type does not have the level; undefined where it does, or where one of them is of a wrong type. */
export function levelFault(type: unknown, level: unknown): string | undefined {
  if (!isType(type) || typeof level !== 'number') return undefined;
  const { least, most } = LEVELS[type];
  if (level >= least && level <= most) return undefined;
  return least === most ? `and ${type} has no levels` : `and levels of ${type} go from ${least} to ${most}`;
}

/** Of a checked manifest. */
export function compressionOf(written: ImageYaml['compression']): CompressionChoice {
  if (written === undefined) return { type: 'gzip', level: LEVELS.gzip.usual };
  if (typeof written === 'string') return { type: written, level: LEVELS[written].usual };
  return { type: written.type, level: written.level ?? LEVELS[written.type].usual };
}

import { TbuildError } from '../../errors/index.js';
import { parseManifest } from '../parse-manifest.js';
import type { DraftMap } from './draft.js';
import { writeImageYaml } from './write-image-yaml.js';

/** Where the part stands matters to nobody who reads the file of another tool. */
const INNER = /^layers\[0\]\.(?:contents\[0\]\.)?/;

/**
 * Why image.yaml does not take a part of it: `config.workdir is "a", which is not allowed`; undefined where it does. The
 * manifest's own rules decide, so that an importer need not know them.
 */
export function refusalOf(part: DraftMap): string | undefined {
  const text = writeImageYaml({ version: 1, base: 'scratch', ...part }, []);
  const defaultPlatform = { os: 'linux', architecture: 'amd64' };
  try {
    parseManifest(Buffer.from(text), { file: 'image.yaml', defaultPlatform });
    return undefined;
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    const { message, hint } = error.problems[0] ?? error;
    const more = hint === undefined ? '' : ` (${hint.replace(/\.$/, '')})`;
    return `${message.replace(INNER, '')}${more}`;
  }
}

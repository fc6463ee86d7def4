import { fail } from '../../errors/index.js';
import { decodeManifest } from '../decode-manifest.js';
import type { ManifestFormat, ManifestText } from '../manifest-text.js';
import { parseTree } from '../parse-tree.js';
import { Problems } from '../problems.js';
import { placeOf, type SourceNode } from '../source-node.js';
import { importApko } from './apko.js';
import type { DraftMap } from './draft.js';
import { FOREIGN_FORMATS, type ForeignFormat, type ForeignManifest, type ImportPlace } from './foreign-manifest.js';
import { Reading } from './reading.js';
import { importSmith } from './smith.js';
import { writeImageYaml } from './write-image-yaml.js';

/** Messages name who does not use aliases and tags: the other tool may. */
const FORMAT: ManifestFormat = { name: 'tbuild', hasVariables: false, isVersioned: false };

interface Importer {
  readonly fileName: string;
  /** Keys at the top that the other tools do not have. */
  readonly signs: readonly string[];
  readonly read: (place: ImportPlace, reading: Reading) => DraftMap;
}

const IMPORTERS: Readonly<Record<ForeignFormat, Importer>> = {
  smith: {
    fileName: 'smith.yaml',
    signs: ['package', 'mock', 'parent', 'root', 'nss', 'mounts', 'dir', 'excludes', 'ports', 'env', 'user', 'groups'],
    read: importSmith,
  },
  apko: {
    fileName: 'apko.yaml',
    signs: [
      ...['contents', 'accounts', 'archs', 'environment', 'work-dir', 'stop-signal', 'os-release', 'layering'],
      ...['certificates', 'vcs-url', 'annotations', 'include'],
    ],
    read: importApko,
  },
};

/** Keys at the top that only image.yaml has. */
const OWN_SIGNS = ['base', 'layers', 'config', 'artifacts'];

/** @throws TbuildError `usage` where the keys do not say it, or where they are those of image.yaml */
function guessFormat(top: SourceNode, source: ManifestText): ForeignFormat {
  const countOf = (signs: readonly string[]) => signs.filter((key) => top.children.has(key)).length;
  const counted = FOREIGN_FORMATS.map((format) => ({ format, count: countOf(IMPORTERS[format].signs) }));
  const [best, second] = [...counted].sort((a, b) => b.count - a.count);
  const own = countOf(OWN_SIGNS);
  if (best!.count > second!.count && own === 0) return best!.format;
  const file = JSON.stringify(source.file);
  const at = source.spanOf(placeOf(top));
  if (own > best!.count) throw fail('usage', { message: `${file} is an image.yaml already`, at });
  const hint = `Name the format: ${FOREIGN_FORMATS.map((format) => `--format ${format}`).join(' or ')}.`;
  throw fail('usage', { message: `What tool ${file} is for cannot be told from its keys`, hint, at });
}

export interface ForeignParseOptions extends Partial<ImportPlace> {
  /** The file as the user named it. */
  readonly file: string;
  /** Default: what the keys say. */
  readonly format?: ForeignFormat | undefined;
}

/**
 * Bytes of a file of another tool → image.yaml, which `parseManifest` takes, and what of the file is not in it. Values of a
 * wrong type are errors, as the other tool has them; keys that it does not know are warnings.
 *
 * @throws TbuildError `usage` where the format is not named and cannot be told; the only problem of the file, or
 *   `manifest-invalid` with all of them in `problems`; as with `parseManifest`, some make that nothing else is looked at
 */
export function parseForeign(bytes: Uint8Array, options: ForeignParseOptions): ForeignManifest {
  const { file, directory = '.', hasDirectory = () => false } = options;
  const source = decodeManifest(bytes, { file, format: FORMAT });
  const problems = new Problems(source);
  const top = parseTree(source, problems);
  const format = options.format ?? guessFormat(top, source);
  const reading = new Reading(source, top, problems);
  const { fileName, read } = IMPORTERS[format];
  const draft = read({ directory, hasDirectory }, reading);
  problems.throwIfAny();
  const head = [
    `From ${fileName}. What has to be decided is said where it stands; see also the warnings of the import.`,
  ];
  return { format, text: writeImageYaml({ version: 1, ...draft }, head), warnings: reading.warnings };
}

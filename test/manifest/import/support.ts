import { parseForeign } from '../../../src/manifest/import/parse-foreign.js';
import type { ForeignFormat, ForeignManifest } from '../../../src/manifest/index.js';
import { parse, parseFirst } from '../support.js';

/** The file as image.yaml, which is checked to be one. */
export function importText(text: string, format?: ForeignFormat): ForeignManifest {
  const imported = parseForeign(Buffer.from(text), { file: 'foreign.yaml', format });
  parse(imported.text);
  return imported;
}

/** What the image.yaml says for its first platform. */
export const firstOf = ({ text }: ForeignManifest): ReturnType<typeof parseFirst> => parseFirst(text);

/** `3:5 message`. */
export function warningsOf({ warnings }: ForeignManifest): readonly string[] {
  return warnings.map(({ message, at }) => `${at.line}:${at.column} ${message}`);
}

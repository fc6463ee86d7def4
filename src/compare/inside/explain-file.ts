import type { Finding } from '../../plan/index.js';
import { explainBytes } from './explain-bytes.js';
import { explainRegion } from './explain-region.js';
import { FINDINGS_MAX } from './explaining.js';
import type { ExplainFacts, FileContent } from './file-content.js';
import { escapeControls } from './show.js';

/** What is read of each side. */
const SIDE_BYTES = 64 * 1024 * 1024;
/** What archives and compressed data of one file may give, all together. */
const INFLATED_BYTES = 256 * 1024 * 1024;
const TEXT_CHARACTERS = 400;

/** The file, or its start where it is larger. */
async function readStart(file: FileContent): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.open()) {
    const rest = SIDE_BYTES - size;
    if (chunk.length > rest) {
      chunks.push(new Uint8Array(chunk.subarray(0, rest)));
      return { bytes: Buffer.concat(chunks), isWhole: false };
    }
    size += chunk.length;
    chunks.push(new Uint8Array(chunk)); // a chunk is good only until the next one
  }
  return { bytes: Buffer.concat(chunks, size), isWhole: true };
}

/** Names in a file may be anything; they are shown in one line. */
function printable({ where, likely, ...finding }: Finding): Finding {
  const text = (value: string): string => escapeControls(value.slice(0, TEXT_CHARACTERS));
  return { ...finding, where: text(where), likely: likely === null ? null : { ...likely, text: text(likely.text) } };
}

/** Of files that are too large, only the bytes of their starts are compared. */
function explainStarts(before: Uint8Array, after: Uint8Array, facts: ExplainFacts): readonly Finding[] {
  const length = Math.min(before.length, after.length);
  const region = { kind: 'bytes', where: undefined, offset: 0, facts } as const;
  const found = explainRegion(before.subarray(0, length), after.subarray(0, length), region);
  if (found.length > 0) return found.slice(0, FINDINGS_MAX);
  const sides = { before: null, after: null, likely: null };
  return [{ kind: 'bytes', where: `behind the first ${length} bytes`, offset: length, ...sides }];
}

/**
 * What differs inside two versions of a file, going by what its bytes are: lines of text, values of JSON, sections of ELF, members
 * of archives and what lies in them, headers of gzip and compiled Python, else bytes. At most 20 findings, with the reason where it
 * shows. Reads 64 MiB of each side at most, and keeps them in memory. The same files give the same findings; none for equal files.
 *
 * Errors: only those of `open`. What is damaged is compared as bytes.
 */
export async function explainFile(
  before: FileContent,
  after: FileContent,
  facts: ExplainFacts,
): Promise<readonly Finding[]> {
  const [old, now] = [await readStart(before), await readStart(after)];
  if (!old.isWhole || !now.isWhole) return explainStarts(old.bytes, now.bytes, facts);
  const versions = { before: old.bytes, after: now.bytes, path: after.path };
  const found = await explainBytes(versions, { facts, budget: { bytes: INFLATED_BYTES }, depth: 0 });
  return found.map(printable);
}

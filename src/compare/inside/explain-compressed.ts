import type { Finding, LikelyCause } from '../../plan/index.js';
import type { Explainer, Explaining } from './explaining.js';
import { type GzipHeader, readGzipHeader } from './gzip-header.js';
import { inflated } from './inflate.js';
import { likelyOf } from './likely.js';
import { showPair } from './show.js';
import { showTime, stampCause } from './times.js';

/** The same content in other compressed bytes. */
export const COMPRESSION_CAUSE: LikelyCause = {
  kind: 'compression',
  text: 'the content is the same: another program, version, level or number of threads compressed it',
};

/** Findings in a content, as those of the file around it: its offsets mean nothing there. */
async function contentFindings(
  before: Uint8Array,
  after: Uint8Array,
  { inside, path }: Explaining,
): Promise<readonly Finding[]> {
  const found = await inside(before, after, path.replace(/\.(?:gz|xz|zst)$/, ''));
  return found.map(({ offset: _, ...finding }) => ({ ...finding, where: `content: ${finding.where}` }));
}

function headerFindings(before: GzipHeader, after: GzipHeader, { facts }: Explaining): readonly Finding[] {
  const findings: Finding[] = [];
  if (before.mtime !== after.mtime) {
    const sides = { before: showTime(before.mtime), after: showTime(after.mtime) };
    const likely = stampCause(before.mtime, after.mtime, facts);
    findings.push({ kind: 'gzip', where: 'header: mtime', offset: 4, ...sides, likely });
  }
  for (const name of new Set([...before.fields.keys(), ...after.fields.keys()])) {
    const [old, now] = [before.fields.get(name), after.fields.get(name)];
    if (old?.value === now?.value) continue;
    const where = `header: ${name}`;
    const shown = showPair(old?.value ?? '', now?.value ?? '');
    const sides = { before: old === undefined ? null : shown.before, after: now === undefined ? null : shown.after };
    const likely = old === undefined || now === undefined ? null : likelyOf(old.value, now.value, facts);
    findings.push({ kind: 'gzip', where, offset: (now ?? old)!.at, ...sides, likely });
  }
  return findings;
}

const sizes = (before: Uint8Array, after: Uint8Array) => ({
  before: `${before.length} bytes`,
  after: `${after.length} bytes`,
});

/** gzip: its header, and what it holds. */
export const explainGzip: Explainer = async (before, after, explaining) => {
  const [old, now] = [readGzipHeader(before), readGzipHeader(after)];
  const header = headerFindings(old, now, explaining);
  const [left, right] = [before.subarray(old.end), after.subarray(now.end)];
  if (Buffer.compare(left, right) === 0) return header;
  const contents = [await inflated(before, 'gzip', explaining), await inflated(after, 'gzip', explaining)] as const;
  if (Buffer.compare(...contents) !== 0) return [...header, ...(await contentFindings(...contents, explaining))];
  const compressed = { where: 'compressed data', offset: now.end, ...sizes(left, right), likely: COMPRESSION_CAUSE };
  return [...header, { kind: 'gzip', ...compressed }];
};

/** xz and zstd: only what they hold. */
export const explainStream =
  (codec: 'xz' | 'zstd'): Explainer =>
  async (before, after, explaining) => {
    const contents = [await inflated(before, codec, explaining), await inflated(after, codec, explaining)] as const;
    if (Buffer.compare(...contents) !== 0) return contentFindings(...contents, explaining);
    return [{ kind: 'archive', where: `${codec} data`, ...sizes(before, after), likely: COMPRESSION_CAUSE }];
  };

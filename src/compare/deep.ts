import type { Finding, LikelyCause } from '../plan/index.js';
import type { Difference } from './difference.js';
import { explainFile } from './inside/explain-file.js';
import type { ExplainFacts, FileContent } from './inside/file-content.js';

/** More files are not looked into. */
const FILES_MAX = 20;

/** One side of a difference, whose content is not read yet; undefined for what is no file, or not at hand. */
export type OpenSide = (side: 'expected' | 'found', where: string, path: string) => FileContent | undefined;

type Sides = readonly [FileContent, FileContent];

function bothSides({ where, path }: Difference, open: OpenSide): Sides | undefined {
  if (!path?.startsWith('/')) return undefined;
  const expected = open('expected', where, path);
  const found = expected === undefined ? undefined : open('found', where, path);
  if (expected === undefined || found === undefined) return undefined;
  return expected.digest !== undefined && expected.digest === found.digest ? undefined : [expected, found];
}

/** The files to look into. All are found before the first is read, so that who reads them knows which will be. */
function filesToRead(differences: readonly Difference[], open: OpenSide): ReadonlyMap<Difference, Sides> {
  const files = new Map<Difference, Sides>();
  for (const difference of differences) {
    if (files.size === FILES_MAX) break;
    const sides = bothSides(difference, open);
    if (sides === undefined) continue;
    for (const side of sides) side.announce?.();
    files.set(difference, sides);
  }
  return files;
}

/** What follows from something else says less than anything that does not. */
const CONSEQUENCES: ReadonlySet<LikelyCause['kind']> = new Set(['build-id', 'compression']);

/** The finding that says most of why a file differs. */
function tellingOf(findings: readonly Finding[]): Finding {
  const isConsequence = ({ likely }: Finding): boolean => likely !== null && CONSEQUENCES.has(likely.kind);
  const own = findings.filter((finding) => !isConsequence(finding));
  return own.find(({ likely }) => likely !== null) ?? own[0] ?? findings[0]!;
}

/** `… the command is not reproducible: the time of the build, …, is written into it (section .rodata, byte 8240).` */
function withReason(cause: string, { where, offset, before, after, likely }: Finding): string {
  const isNamed = offset === undefined || where.includes(`${offset}`);
  const place = isNamed ? where : `${where}, byte ${offset}`;
  const what = likely === null ? `${before ?? 'nothing'} → ${after ?? 'nothing'}` : likely.text;
  return `${cause.replace(/\.$/, '')}: ${what} (${place}).`;
}

function explained(difference: Difference, findings: readonly Finding[]): Difference {
  if (difference.isUnexplained !== true) return { ...difference, findings };
  return { ...difference, cause: withReason(difference.cause, tellingOf(findings)), findings };
}

/**
 * Looks into the files that differ, the first 20 of them, and says of what no input accounts for what gets into it instead.
 * @param open asked once for each side
 */
export async function withFindings(
  differences: readonly Difference[],
  open: OpenSide,
  facts: ExplainFacts,
): Promise<readonly Difference[]> {
  const results: Difference[] = [];
  const files = filesToRead(differences, open);
  for (const difference of differences) {
    const sides = files.get(difference);
    const findings = sides === undefined ? [] : await explainFile(...sides, facts);
    results.push(findings.length === 0 ? difference : explained(difference, findings));
  }
  return results;
}

import type { Finding } from '../../plan/index.js';
import { type ElfImage, type ElfSection, readElfSections } from './elf-sections.js';
import { explainRegion } from './explain-region.js';
import type { Explainer } from './explaining.js';
import type { ExplainFacts } from './file-content.js';
import { showBytes } from './show.js';

const BUILD_ID = '.note.gnu.build-id';
/** Findings of one section, so that each has its turn. */
const PER_SECTION = 5;
/** Name, size and kind of the note come before its value (gABI, "Note Section"; the name is "GNU"). */
const NOTE_HEADER_BYTES = 16;

function headerFindings(before: ElfImage, after: ElfImage): readonly Finding[] {
  return [...after.header].flatMap(([name, value]): Finding[] => {
    const old = before.header.get(name)!;
    return old === value ? [] : [{ kind: 'elf', where: `header: ${name}`, before: old, after: value, likely: null }];
  });
}

function buildIdFinding(before: ElfSection, after: ElfSection, isOnly: boolean): Finding {
  const value = ({ content }: ElfSection): string => showBytes(content.subarray(NOTE_HEADER_BYTES));
  const text = isOnly
    ? 'the linker makes the build id of what it links, also of what is then stripped: paths and times in debugging information'
    : 'the build id follows from the other differences';
  const sides = { before: value(before), after: value(after) };
  const offset = after.offset + NOTE_HEADER_BYTES;
  return { kind: 'elf', where: `section ${BUILD_ID}`, offset, ...sides, likely: { kind: 'build-id', text } };
}

function sectionFindings(before: ElfSection, after: ElfSection, facts: ExplainFacts): readonly Finding[] {
  const where = `section ${after.name}`;
  const { offset } = after;
  const found = explainRegion(before.content, after.content, { kind: 'elf', where, offset, facts }).slice(
    0,
    PER_SECTION,
  );
  if (before.size === after.size || found.some(({ before: side }) => side === `${before.content.length} bytes`))
    return found;
  const sizes = { before: `${before.size} bytes`, after: `${after.size} bytes` };
  return [...found, { kind: 'elf', where: `${where}: size`, ...sizes, likely: null }];
}

function isSame(a: ElfSection, b: ElfSection): boolean {
  return a.type === b.type && a.size === b.size && Buffer.compare(a.content, b.content) === 0;
}

/** Sections that only one file has. */
function loneSections(before: ElfImage, after: ElfImage): readonly Finding[] {
  const names = (image: ElfImage): ReadonlySet<string> => new Set(image.sections.map(({ name }) => name));
  const [old, now] = [names(before), names(after)];
  const size = ({ size: bytes }: ElfSection): string => `${bytes} bytes`;
  const shared = { kind: 'elf', likely: null } as const;
  return [
    ...before.sections
      .filter(({ name }) => !now.has(name))
      .map((section) => ({ ...shared, where: `section ${section.name}`, before: size(section), after: null })),
    ...after.sections
      .filter(({ name }) => !old.has(name))
      .map((section) => ({ ...shared, where: `section ${section.name}`, before: null, after: size(section) })),
  ];
}

/** What points to a reason comes first, what follows from the rest last. */
function rank({ likely }: Finding): number {
  if (likely === null) return 1;
  return likely.kind === 'build-id' ? 2 : 0;
}

/** Header fields and sections of two ELF files; what lies in no section is not looked at. */
export const explainElf: Explainer = (beforeBytes, afterBytes, { facts }) => {
  const [before, after] = [readElfSections(beforeBytes), readElfSections(afterBytes)];
  const old = new Map(before.sections.map((section) => [section.name, section]));
  const changed = after.sections.flatMap((section) => {
    const other = old.get(section.name);
    return other === undefined || isSame(other, section) ? [] : [{ before: other, after: section }];
  });
  const contents = changed.filter((pair) => pair.after.name !== BUILD_ID);
  const findings = [
    ...headerFindings(before, after),
    ...loneSections(before, after),
    ...contents.flatMap((pair) => sectionFindings(pair.before, pair.after, facts)),
  ];
  const id = changed.find((pair) => pair.after.name === BUILD_ID);
  const all = id === undefined ? findings : [...findings, buildIdFinding(id.before, id.after, findings.length === 0)];
  return all.sort((a, b) => rank(a) - rank(b));
};

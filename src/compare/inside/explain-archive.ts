import type { Finding } from '../../plan/index.js';
import type { ArchiveMember } from './archive-member.js';
import { COMPRESSION_CAUSE } from './explain-compressed.js';
import { type Explainer, type Explaining, FINDINGS_MAX } from './explaining.js';
import { likelyOf, orderCause } from './likely.js';
import { readArMembers } from './read-ar-members.js';
import { readTarMembers } from './read-tar-members.js';
import { readZipMembers } from './read-zip-members.js';
import { show, showPair } from './show.js';
import { showTime, stampCause } from './times.js';

interface MemberPair {
  readonly before: ArchiveMember;
  readonly after: ArchiveMember;
}

type Members = readonly ArchiveMember[];

const placeOf = (name: string): string => `member ${show(name)}`;
const atOffset = (offset: number | undefined): { readonly offset?: number } => (offset === undefined ? {} : { offset });

function loneMembers(before: Members, after: Members): readonly Finding[] {
  const [old, now] = [before, after].map((members) => new Set(members.map(({ name }) => name))) as [
    Set<string>,
    Set<string>,
  ];
  const shared = { kind: 'archive', likely: null } as const;
  const size = ({ stored }: ArchiveMember): string => `${stored.length} bytes`;
  return [
    ...before
      .filter(({ name }) => !now.has(name))
      .map((member) => ({ ...shared, where: placeOf(member.name), before: size(member), after: null })),
    ...after
      .filter(({ name }) => !old.has(name))
      .map((member) => ({
        ...shared,
        where: placeOf(member.name),
        ...atOffset(member.contentAt),
        before: null,
        after: size(member),
      })),
  ];
}

/** The members that both have, in another sequence. */
function orderFinding(pairs: readonly MemberPair[], before: Members): readonly Finding[] {
  const now = pairs.map(({ after }) => after.name);
  const shared = new Set(now);
  const old = before.map(({ name }) => name).filter((name) => shared.has(name));
  const at = now.findIndex((name, i) => name !== old[i]);
  if (at < 0) return [];
  const shown = { before: show(old.slice(at, at + 3).join(', ')), after: show(now.slice(at, at + 3).join(', ')) };
  return [
    {
      kind: 'archive',
      where: `order of members, from number ${at + 1}`,
      ...shown,
      likely: orderCause(old, now, 'members'),
    },
  ];
}

/** One finding for all members that differ in the same way. */
function summed(findings: readonly Finding[], what: string): readonly Finding[] {
  const [first, ...rest] = findings;
  if (first === undefined || rest.length === 0) return findings;
  return [
    {
      ...first,
      where: `${what} of ${findings.length} members, first ${first.where.replace(/^member (.*): [^:]*$/s, '$1')}`,
    },
  ];
}

function timeFindings(pairs: readonly MemberPair[], { facts }: Explaining): readonly Finding[] {
  const findings = pairs.flatMap(({ before, after }): Finding[] => {
    const [old, now] = [before.mtime, after.mtime];
    if (old === undefined || now === undefined || old === now) return [];
    const sides = { before: showTime(old), after: showTime(now) };
    const where = `${placeOf(after.name)}: mtime`;
    return [{ kind: 'archive', where, ...atOffset(after.mtimeAt), ...sides, likely: stampCause(old, now, facts) }];
  });
  return summed(findings, 'mtime');
}

function factFindings(pairs: readonly MemberPair[], explaining: Explaining): readonly Finding[] {
  const names = new Set(pairs.flatMap(({ after }) => Object.keys(after.facts)));
  return [...names].flatMap((name) => {
    const findings = pairs.flatMap(({ before, after }): Finding[] => {
      const [old, now] = [before.facts[name] ?? '', after.facts[name] ?? ''];
      if (old === now) return [];
      const isUser = name === 'owner';
      const user = { kind: 'user', text: `the owner is who ran the build: ${now}` } as const;
      const likely = isUser ? user : likelyOf(old, now, explaining.facts);
      return [{ kind: 'archive', where: `${placeOf(after.name)}: ${name}`, ...showPair(old, now), likely }];
    });
    return summed(findings, name);
  });
}

async function contentFindings({ before, after }: MemberPair, explaining: Explaining): Promise<readonly Finding[]> {
  if (Buffer.compare(before.stored, after.stored) === 0 && before.facts.method === after.facts.method) return [];
  const where = placeOf(after.name);
  const [old, now] = [await before.content(), await after.content()];
  if (old === undefined || now === undefined) {
    const sides = { before: `${before.stored.length} bytes`, after: `${after.stored.length} bytes` };
    return [{ kind: 'archive', where, ...sides, likely: null }];
  }
  if (Buffer.compare(old, now) === 0) {
    const sides = { before: `${before.stored.length} bytes`, after: `${after.stored.length} bytes` };
    return [{ kind: 'archive', where: `${where}: compressed data`, ...sides, likely: COMPRESSION_CAUSE }];
  }
  const found = await explaining.inside(old, now, after.name);
  if (found.length === 0)
    return [{ kind: 'archive', where, before: `${old.length} bytes`, after: `${now.length} bytes`, likely: null }];
  return found.map(({ offset, ...finding }) => {
    const isInPlace = offset !== undefined && after.contentAt !== undefined;
    return {
      ...finding,
      where: `${where}: ${finding.where}`,
      ...atOffset(isInPlace ? after.contentAt + offset : undefined),
    };
  });
}

async function compareMembers(before: Members, after: Members, explaining: Explaining): Promise<readonly Finding[]> {
  const old = new Map(before.map((member) => [member.name, member]));
  const pairs = after.flatMap((member) => {
    const other = old.get(member.name);
    return other === undefined ? [] : [{ before: other, after: member }];
  });
  const findings = [
    ...orderFinding(pairs, before),
    ...timeFindings(pairs, explaining),
    ...factFindings(pairs, explaining),
    ...loneMembers(before, after),
  ];
  for (const pair of pairs) {
    if (findings.length >= FINDINGS_MAX) break;
    findings.push(...(await contentFindings(pair, explaining)));
  }
  return findings;
}

export const explainAr: Explainer = (before, after, explaining) =>
  compareMembers(readArMembers(before), readArMembers(after), explaining);

export const explainTar: Explainer = async (before, after, explaining) =>
  compareMembers(await readTarMembers(before), await readTarMembers(after), explaining);

export const explainZip: Explainer = (before, after, explaining) =>
  compareMembers(readZipMembers(before, explaining), readZipMembers(after, explaining), explaining);

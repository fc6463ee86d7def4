import type { Finding } from '../../plan/index.js';
import { explainAr, explainTar, explainZip } from './explain-archive.js';
import { explainGzip, explainStream } from './explain-compressed.js';
import { explainElf } from './explain-elf.js';
import { explainJson, mayBeJson } from './explain-json.js';
import { explainPyc } from './explain-pyc.js';
import { explainRegion } from './explain-region.js';
import { explainText } from './explain-text.js';
import { type Explainer, type Explaining, FINDINGS_MAX } from './explaining.js';
import type { ExplainFacts } from './file-content.js';
import { type ContentKind, kindOf, textOf } from './kind-of.js';

/** What lies in so many others is not looked into: a .deb is an archive of compressed archives. */
const NESTED_MAX = 3;

const explainTextOrJson: Explainer = (before, after, explaining) => {
  const [old, now] = [textOf(before)!, textOf(after)!];
  const found = mayBeJson(old) && mayBeJson(now) ? unlessDamaged(() => explainJson(old, now, explaining)) : [];
  return found.length > 0 ? found : explainText(old, now, explaining);
};

function unlessDamaged(explain: () => readonly Finding[]): readonly Finding[] {
  try {
    return explain();
  } catch {
    return [];
  }
}

const CONTAINERS: Readonly<Partial<Record<ContentKind, Explainer>>> = {
  ar: explainAr,
  tar: explainTar,
  zip: explainZip,
  gzip: explainGzip,
  xz: explainStream('xz'),
  zstd: explainStream('zstd'),
};
const OTHERS: Readonly<Partial<Record<ContentKind, Explainer>>> = {
  elf: explainElf,
  pyc: explainPyc,
  text: explainTextOrJson,
};

/** Two versions of a file or member. */
interface Versions {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly path: string;
}

interface Nested {
  readonly facts: ExplainFacts;
  readonly budget: Explaining['budget'];
  /** How many containers this lies in. */
  readonly depth: number;
}

function explainerOf({ before, after }: Versions, depth: number): Explainer | undefined {
  const kind = kindOf(before);
  if (kind !== kindOf(after)) return undefined;
  return OTHERS[kind] ?? (depth < NESTED_MAX ? CONTAINERS[kind] : undefined);
}

/** What a damaged or hostile file makes its explainer throw is no news: it is then compared as bytes. */
async function findingsOf(versions: Versions, { facts, budget, depth }: Nested): Promise<readonly Finding[]> {
  const explain = explainerOf(versions, depth);
  if (explain === undefined) return [];
  const inside: Explaining['inside'] = (before, after, path) =>
    explainBytes({ before, after, path }, { facts, budget, depth: depth + 1 });
  const { before, after, path } = versions;
  try {
    return await explain(before, after, { facts, path, budget, inside });
  } catch {
    return [];
  }
}

/** What differs between two contents; nothing where they are the same. Never throws, whatever they are. */
export async function explainBytes(versions: Versions, nested: Nested): Promise<readonly Finding[]> {
  const { before, after } = versions;
  if (Buffer.compare(before, after) === 0) return [];
  const found = await findingsOf(versions, nested);
  if (found.length > 0) return found.slice(0, FINDINGS_MAX);
  const region = { kind: 'bytes', where: undefined, offset: 0, facts: nested.facts } as const;
  return explainRegion(before, after, region).slice(0, FINDINGS_MAX);
}

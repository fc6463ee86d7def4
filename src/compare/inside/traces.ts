import type { LikelyCause } from '../../plan/index.js';
import type { ExplainFacts } from './file-content.js';
import { areTimes, timeCause } from './times.js';

/** What a build leaves in a text, and what it looks like. */
export interface Trace {
  readonly kind: LikelyCause['kind'];
  readonly pattern: RegExp;
  /** What stands for a match once it is taken away: texts that are then alike differ in the trace alone. */
  mask(match: string): string;
  /** Undefined where the two are no such trace after all. */
  describe(before: string, after: string, facts: ExplainFacts): string | undefined;
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*';
const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[AP]M)?';
const ZONE = '(?: ?(?:Z|[+-]\\d{2}:?\\d{2}|[A-Z]{2,5})\\b)?';

/** Dates and times as programs write them; longer forms first. */
const DATES = [
  // RFC 3339, ISO 8601, `date -I`
  `\\d{4}[-/.]\\d{2}[-/.]\\d{2}(?:[T _-]${CLOCK}${ZONE})?`,
  '(?:19|20)\\d{6}[T_-]?\\d{6}Z?',
  '(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\\d|3[01])(?!\\d)',
  // RFC 5322
  `(?:${DAY},? )?\\d{1,2}[ -]${MONTH}[ -]\\d{4}(?: ${CLOCK}${ZONE})?`,
  // asctime, `date`
  `${DAY} ${MONTH} +\\d{1,2} ${CLOCK}(?: [A-Z]{2,5})? \\d{4}`,
  // __DATE__ of C, and the like
  `${MONTH} +\\d{1,2},? \\d{4}(?: ${CLOCK}${ZONE})?`,
  `${CLOCK}${ZONE}`,
  '\\b(?:19|20)\\d{2}\\b',
].join('|');

const BUILD_ROOT = /^\/(?:build|home|tmp|root|var\/tmp|usr\/src|workspace|builds?|Users|mnt|private|nix|runner)\b/;
const SHOWN_PATH = 100;

const all = (name: string) => (): string => `\u0000${name}\u0000`;
const sized =
  (name: string) =>
  (match: string): string =>
    `\u0000${name} ${match.length}\u0000`;

function maskPath(path: string): string {
  return BUILD_ROOT.test(path) ? '\u0000path\u0000' : `\u0000path\u0000${path.slice(path.lastIndexOf('/'))}`;
}

function describePath(before: string, after: string): string {
  const path = (BUILD_ROOT.test(after) || !BUILD_ROOT.test(before) ? after : before).slice(0, SHOWN_PATH);
  return BUILD_ROOT.test(path)
    ? `a path of the build, ${path}, is written into it`
    : `only the directory before the name differs: a path of the build, ${path}, is written into it`;
}

function describeSeconds(before: string, after: string, facts: ExplainFacts): string | undefined {
  const [old, now] = [before, after].map((text) => Number.parseInt(text.slice(0, 10), 10)) as [number, number];
  // Within one second a fraction tells them apart.
  const isTime = areTimes(old, now) || (old === now && areTimes(old, now + 1));
  return isTime ? timeCause(now, facts).text : undefined;
}

const randomId = (_: string, after: string): string =>
  `an id of the same form has another value, ${after.slice(0, 40)}: it is random, or a digest of something else that differs`;

/** In the order in which they are looked for: what one takes away the next ones do not see. */
export const TRACES: readonly Trace[] = [
  {
    kind: 'random',
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    mask: all('uuid'),
    describe: (_, after) => `a random id (UUID), ${after}, is written into it`,
  },
  {
    kind: 'time',
    pattern: new RegExp(`(?<![\\w.:/-])(?:${DATES})(?![\\w:])`, 'g'),
    mask: all('time'),
    describe: (_, after) => `the time of the build, ${after}, is written into it`,
  },
  {
    // Seconds, with a fraction perhaps, or milli-, micro- or nanoseconds since the epoch
    kind: 'time',
    pattern: /(?<![\w.-])1\d{9}(?:\d{3}){0,3}(?:\.\d+)?(?!\w)/g,
    mask: all('seconds'),
    describe: describeSeconds,
  },
  { kind: 'path', pattern: /(?<![\w.~-])(?:\/[\w.@%+~=-]+){2,}/g, mask: maskPath, describe: describePath },
  {
    kind: 'random',
    pattern: /\b0x[0-9a-f]{6,16}\b/gi,
    mask: all('address'),
    describe: (_, after) => `an address in memory, ${after}, is written into it`,
  },
  { kind: 'random', pattern: /(?<![0-9a-z])[0-9a-f]{16,}(?![0-9a-z])/gi, mask: sized('hex'), describe: randomId },
  {
    kind: 'random',
    pattern: /(?<![\w+/=-])(?=[\w+/-]{0,200}\d)(?=[\w+/-]{0,200}[a-z])(?=[\w+/-]{0,200}[A-Z])[\w+/-]{16,}={0,2}/g,
    mask: sized('base64'),
    describe: randomId,
  },
  {
    kind: 'random',
    pattern: /(?<=\b(?:tmp|temp|cc)[._-]?)[A-Za-z0-9_]{6,10}\b/g,
    mask: all('temporary'),
    describe: (_, after) => `the random name of a temporary file, …${after}, is written into it`,
  },
  {
    kind: 'host',
    pattern:
      /(?<=[\w.-]@)[\w-][\w.-]*|(?<=\b(?:host|host_?name|node|node_?name|machine|server|build_?host)["']?\s{0,3}[:=]\s{0,3}["']?)[\w-][\w.-]*|(?<=\bLinux )[\w.-]+(?= \d+\.\d+)/gi,
    mask: all('host'),
    describe: (_, after) => `the name of the machine, ${after}, is written into it`,
  },
  {
    kind: 'user',
    pattern:
      /\b[\w.-]+(?=@)|(?<=\b(?:user|user_?name|login|log_?name|builder|built[ _-]?by|compiled[ _-]?by|uid|gid)["']?\s{0,3}[:=]?\s{0,3}["']?)[\w.-]+/gi,
    mask: all('user'),
    describe: (_, after) => `who ran the build, ${after}, is written into it`,
  },
  {
    kind: 'locale',
    pattern: /\b[a-z]{2,3}_[A-Z]{2}(?:\.[\w-]+)?(?:@\w+)?\b|\bC\.(?:UTF-8|utf8)\b|\bPOSIX\b/g,
    mask: all('locale'),
    describe: (_, after) => `the locale of the build, ${after}, is written into it`,
  },
  {
    kind: 'locale',
    pattern: /(?<=\d)[.,](?=\d)/g,
    mask: all('separator'),
    describe: (before, after) => `numbers are written as in another locale: "${before}" became "${after}"`,
  },
];

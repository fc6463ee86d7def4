import { neutralise } from '../neutralise.js';

/** ASCII punctuation that Markdown in a line, HTML or a forge (math, mentions, references, emoji) may give a meaning. */
const ACTIVE = /[!#$%&*:<>@[\\\]^_`{|}~]/g;
/** What refers to a person, an issue, a merge request, a milestone or a label where a word follows. */
const SIGIL = /[@#!&%~$^]/;

const WORD = /\w/;

const entityOf = (character: string): string => `&#${character.charCodeAt(0)};`;

/** A space of no width: forges look for references and emoji in what was rendered, where an entity is of no help. */
const APART = '&#8203;';

function escapeColon(rest: string): string {
  if (rest.startsWith('://')) return entityOf(':');
  return /^:[\w+-]+:/.test(rest) ? `:${APART}` : ':';
}

function escapeAt(character: string, offset: number, whole: string): string {
  if (character === ':') return escapeColon(whole.slice(offset));
  const isBeforeWord = WORD.test(whole[offset + 1] ?? '');
  if (character === '_' && isBeforeWord && WORD.test(whole[offset - 1] ?? '')) return character;
  // An address may go on with a full stop.
  return character === '@' || (SIGIL.test(character) && isBeforeWord)
    ? `${entityOf(character)}${APART}`
    : entityOf(character);
}

/** Text from outside as text within a line of Markdown: nothing in it formats, links, notifies or refers. */
export function escaped(text: string): string {
  return neutralise(text)
    .replace(ACTIVE, escapeAt)
    .replace(/\bGH-(?=\d)/gi, (letters) => `${letters}${APART}`)
    .replace(/www\./gi, (letters) => `${letters.slice(0, -1)}${entityOf('.')}`);
}

/** Inside backticks everything stands for itself but backticks, and the bar that ends a cell of a table. */
const PLAIN = /^[^`|\s](?:[^`|]*[^`|\s])?$/u;

/** Text from outside as code, in a table too. Forges look for no mention and no reference in code. */
export function code(text: string): string {
  const shown = neutralise(text);
  // Between tags Markdown is still read, and addresses become links.
  return PLAIN.test(shown) && !shown.endsWith('\\') ? `\`${shown}\`` : `<code>${escaped(text)}</code>`;
}

/** The same where Markdown is not read: within a block of HTML. */
export function htmlCode(text: string): string {
  return `<code>${neutralise(text).replace(ACTIVE, entityOf)}</code>`;
}

/** Lines as a block of code that nothing in them can end. */
export function fenced(lines: readonly string[], language: string): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(runs.reduce((longest, run) => Math.max(longest, run), 2) + 1);
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

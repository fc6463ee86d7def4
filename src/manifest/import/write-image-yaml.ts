import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type Draft, type DraftMap, Noted } from './draft.js';

/** A list of so many characters stays on its line. */
const LINE_MAX = 60;

/**
 * What may not stand in YAML as it is (YAML 1.2.2, 5.1 "Character Set"), and what a terminal may act on although YAML
 * allows it: these are written as escapes. Line feeds are left to the library.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u;
const ACTIVE_BUT_LINE_FEED = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

/** `\u200b`; a character beyond U+FFFF as `\U000e0001`. */
function escapeOf(character: string): string {
  const hex = character.codePointAt(0)!.toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function scalarOf(value: string | number | boolean | null): Scalar {
  const scalar = new Scalar(value);
  // The library chooses a literal block for lines, which has no escapes.
  if (typeof value === 'string' && value.replaceAll('\n', '').search(ACTIVE) >= 0) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** Texts may use `${…}` in image.yaml; keys may not. */
function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** Comments for the library, which puts `#` before each line. */
function commentOf(lines: readonly string[]): string {
  return lines.map((line) => ` ${line.replace(/\n/g, '\\n')}`).join('\n');
}

function isShort(items: readonly Node[]): boolean {
  if (!items.every((item) => item instanceof Scalar && item.commentBefore == null)) return false;
  const texts = items.map((item) => String((item as Scalar).value));
  return texts.every((text) => !text.includes('\n')) && texts.join(', ').length <= LINE_MAX;
}

function listOf(values: readonly Draft[]): YAMLSeq {
  const list = new YAMLSeq<Node>();
  list.items = values.map((value) => {
    const { node, comment } = nodeOf(value);
    if (comment !== undefined) node.commentBefore = comment;
    return node;
  });
  list.flow = isShort(list.items);
  return list;
}

function mapOf(members: DraftMap): YAMLMap {
  const map = new YAMLMap<Scalar, Node>();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const { node, comment } = nodeOf(value);
    const key = scalarOf(name);
    if (comment !== undefined) key.commentBefore = comment;
    map.items.push(new Pair(key, node));
  }
  map.flow = map.items.length === 0;
  return map;
}

function nodeOf(value: Draft): { readonly node: Node; readonly comment?: string | undefined } {
  if (value instanceof Noted) {
    const comment = value.lines.length === 0 ? undefined : commentOf(value.lines);
    return { node: nodeOf(value.value).node, comment };
  }
  if (typeof value === 'string') return { node: scalarOf(literal(value)) };
  if (typeof value !== 'object' || value === null) return { node: scalarOf(value) };
  if (Array.isArray(value)) return { node: listOf(value as readonly Draft[]) };
  return { node: mapOf(value as DraftMap) };
}

/**
 * A draft → text of image.yaml. The same draft gives the same text; texts mean themselves, also where they hold `${` or
 * characters that are not shown.
 */
export function writeImageYaml(draft: DraftMap, head: readonly string[]): string {
  const document = new Document(null, { schema: 'core', version: '1.2', compat: 'yaml-1.1' });
  document.contents = mapOf(draft) as unknown as typeof document.contents;
  if (head.length > 0) document.commentBefore = commentOf(head);
  // Texts that YAML 1.1 takes for something else, 0:0 for one, get quotes: not every program reads YAML 1.2.
  const text = document.toString({ lineWidth: 0, minContentWidth: 0, flowCollectionPadding: false });
  // Only texts in double quotes, and comments, hold such characters; both may hold escapes.
  return text.replace(ACTIVE_BUT_LINE_FEED, escapeOf);
}

import type { Finding } from '../../plan/index.js';
import { type Explaining, FINDINGS_MAX } from './explaining.js';
import { likelyOf, orderCause, sameSet } from './likely.js';
import { show, showPair } from './show.js';

type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
/** Deeper values are compared as a whole. */
const DEPTH_MAX = 64;

type Members = { readonly [key: string]: Value };

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isMap = (value: Value): value is Members => typeof value === 'object' && value !== null && !isList(value);

function stepTo(key: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

class Comparison {
  readonly findings: Finding[] = [];
  readonly #explaining: Explaining;
  #depth = 0;

  constructor(explaining: Explaining) {
    this.#explaining = explaining;
  }

  compare(before: Value, after: Value, where: string): void {
    if (this.findings.length >= FINDINGS_MAX || Object.is(before, after)) return;
    const isShallow = this.#depth < DEPTH_MAX;
    this.#depth++;
    if (isShallow && isMap(before) && isMap(after)) this.#compareMaps(before, after, where);
    else if (isShallow && isList(before) && isList(after)) this.#compareLists(before, after, where);
    else this.#differ(JSON.stringify(before), JSON.stringify(after), where);
    this.#depth--;
  }

  #add(finding: Omit<Finding, 'kind'>): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push({ kind: 'json', ...finding });
  }

  #differ(before: string, after: string, where: string): void {
    if (before === after) return;
    // The name of a member tells what its value is: a host, a user.
    const name = `${where.slice(where.lastIndexOf('.') + 1)}: `;
    const likely = likelyOf(name + before, name + after, this.#explaining.facts);
    this.#add({ where, ...showPair(before, after), likely });
  }

  #compareMaps(before: Members, after: Members, where: string): void {
    const [old, now] = [Object.keys(before), Object.keys(after)];
    for (const key of old) {
      const place = where + stepTo(key);
      if (Object.hasOwn(after, key)) this.compare(before[key]!, after[key]!, place);
      else this.#add({ where: place, before: show(JSON.stringify(before[key])), after: null, likely: null });
    }
    for (const key of now) {
      if (!Object.hasOwn(before, key))
        this.#add({ where: where + stepTo(key), before: null, after: show(JSON.stringify(after[key])), likely: null });
    }
    if (sameSet(old, now) && old.join('\0') !== now.join('\0')) {
      const shown = showPair(old.join(', '), now.join(', '));
      this.#add({ where: `keys of ${where}`, ...shown, likely: orderCause(old, now, 'keys') });
    }
  }

  #compareLists(before: readonly Value[], after: readonly Value[], where: string): void {
    const [old, now] = [before, after].map((list) => list.map((item) => JSON.stringify(item))) as [string[], string[]];
    if (old.join() === now.join()) return;
    if (sameSet(old, now)) {
      const shown = showPair(old.join(', '), now.join(', '));
      this.#add({ where, ...shown, likely: orderCause(old, now, 'items') });
      return;
    }
    const shared = Math.min(before.length, after.length);
    for (let i = 0; i < shared; i++) this.compare(before[i]!, after[i]!, `${where}[${i}]`);
    for (const item of old.slice(shared))
      this.#add({ where: `${where}[${old.indexOf(item, shared)}]`, before: show(item), after: null, likely: null });
    for (const item of now.slice(shared))
      this.#add({ where: `${where}[${now.indexOf(item, shared)}]`, before: null, after: show(item), likely: null });
  }
}

/** Values of two JSON texts. Throws a SyntaxError where one is none; finds nothing where only white space differs. */
export function explainJson(before: string, after: string, explaining: Explaining): readonly Finding[] {
  const comparison = new Comparison(explaining);
  comparison.compare(JSON.parse(before) as Value, JSON.parse(after) as Value, '$');
  return comparison.findings;
}

/** Texts that may be JSON: a list or a map. */
export function mayBeJson(text: string): boolean {
  return /^\s{0,100}[{[]/.test(text);
}

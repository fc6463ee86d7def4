import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode } from 'yaml';
import type { ManifestPath } from './build-manifest.js';
import type { ManifestText, TextRange } from './manifest-text.js';
import type { Problems } from './problems.js';
import { mapOf, type Plain, quote, type SourceNode } from './source-node.js';

type YamlNode = ParsedNode | null;

const NONE: ReadonlyMap<string | number, SourceNode> = new Map();
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * YAML nodes → values with their places. Reports what no value may have: aliases, keys that are not
 * text or are written twice, text that is not Unicode. What cannot be read is settled and stands as null.
 */
export function readTree(top: ParsedNode, source: ManifestText, problems: Problems): SourceNode {
  return new TreeReader(source, problems).read(top, [], undefined);
}

class TreeReader {
  readonly #source: ManifestText;
  readonly #problems: Problems;

  constructor(source: ManifestText, problems: Problems) {
    this.#source = source;
    this.#problems = problems;
  }

  read(node: YamlNode, path: ManifestPath, key: TextRange | undefined): SourceNode {
    const range = rangeOf(node) ?? [key?.[1] ?? 0, key?.[1] ?? 0];
    if (node !== null && node.tag !== undefined) return this.#unreadable(path, range, key);
    if (isAlias(node)) {
      this.#reportAlias(node.source, range);
      return this.#unreadable(path, range, key);
    }
    if (isMap(node)) return this.#readMap(node.items as Pair<ParsedNode, YamlNode>[], { path, range, key });
    if (isSeq(node)) {
      const items = (node.items as YamlNode[]).map((item, index) => this.read(item, [...path, index], undefined));
      const value = items.map((item) => item.value);
      return { value, range, key, written: undefined, children: new Map(items.entries()) };
    }
    return this.#readScalar(node, range, key);
  }

  #unreadable(path: ManifestPath, range: TextRange, key: TextRange | undefined): SourceNode {
    this.#problems.settle(path);
    return { value: null, range, key, written: undefined, children: NONE };
  }

  #readScalar(node: YamlNode, range: TextRange, key: TextRange | undefined): SourceNode {
    const value = isScalar(node) ? (node.value as Plain) : null;
    if (typeof value !== 'string') {
      const written = isScalar(node) ? (node.source ?? '') : '';
      return { value, range, key, written, children: NONE };
    }
    this.#checkText(value, range);
    return { value, range, key, written: undefined, children: NONE };
  }

  #readMap(pairs: readonly Pair<ParsedNode, YamlNode>[], { path, range, key }: Place): SourceNode {
    const children = new Map<string, SourceNode>();
    for (const pair of pairs) {
      const keyRange = rangeOf(pair.key) ?? range;
      const name = this.#readKey(pair.key, keyRange);
      if (name === undefined) continue;
      const first = children.get(name);
      if (first === undefined) children.set(name, this.read(pair.value, [...path, name], keyRange));
      else this.#reportTwice(name, keyRange, first.key!);
    }
    const value = mapOf([...children].map(([name, child]) => [name, child.value]));
    return { value, range, key, written: undefined, children };
  }

  /** Undefined for a key that cannot be used; it is reported. */
  #readKey(key: ParsedNode, range: TextRange): string | undefined {
    const { name, hasVariables } = this.#source.format;
    if (isAlias(key)) this.#reportAlias(key.source, range);
    if (isAlias(key) || key.tag !== undefined) return undefined;
    if (!isScalar(key) || typeof key.value !== 'string') {
      this.#problems.addAt(range, {
        code: 'manifest-wrong-type',
        message: isScalar(key) ? `Key ${key.source || 'without text'} is not text` : 'A key is not text',
        hint: isScalar(key) && key.source ? `Write it in quotes: "${key.source}".` : undefined,
      });
      return undefined;
    }
    if (key.value === '<<' && key.source === '<<' && key.type === 'PLAIN') {
      this.#problems.addAt(range, {
        code: 'yaml-alias',
        message: `"<<" is a YAML merge key, which ${name} does not use`,
        hint: hasVariables ? 'Write the values again, or use variables.' : 'Write the values again.',
      });
      return undefined;
    }
    if (!this.#checkText(key.value, range)) return undefined;
    if (!(key.value in Object.prototype)) return key.value;
    this.#problems.addAt(range, { code: 'manifest-unknown-key', message: `Key ${quote(key.value)} is not allowed` });
    return undefined;
  }

  /** True for text that every program reads the same way: no half of a surrogate pair. */
  #checkText(text: string, range: TextRange): boolean {
    if (!LONE_SURROGATE.test(text)) return true;
    this.#problems.addAt(range, {
      code: 'manifest-wrong-value',
      message: 'The text holds half of a surrogate pair, which is no Unicode character',
      hint: 'Write the character itself, or \\U and eight hexadecimal digits.',
    });
    return false;
  }

  #reportAlias(alias: string, range: TextRange): void {
    const { name, hasVariables } = this.#source.format;
    const again = hasVariables ? 'Write the value again, or use a variable' : 'Write the value again';
    this.#problems.addAt(range, {
      code: 'yaml-alias',
      message: `${JSON.stringify(`*${alias}`)} is a YAML alias, which ${name} does not use`,
      hint: `${again}; a text that begins with "*" needs quotes.`,
    });
  }

  #reportTwice(name: string, range: TextRange, first: TextRange): void {
    this.#problems.addAt(range, {
      code: 'yaml-duplicate-key',
      message: `Key ${quote(name)} is written twice`,
      related: [{ message: 'first written here', at: this.#source.spanOf(first) }],
    });
  }
}

interface Place {
  readonly path: ManifestPath;
  readonly range: TextRange;
  readonly key: TextRange | undefined;
}

function rangeOf(node: YamlNode): TextRange | undefined {
  return node === null ? undefined : [node.range[0], node.range[1]];
}

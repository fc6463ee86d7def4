import type { Platform } from '../oci/index.js';
import { didYouMean } from '../util/index.js';
import type { ManifestPath } from './build-manifest.js';
import type { ManifestText, TextRange } from './manifest-text.js';
import type { Problems } from './problems.js';
import { mapOf, nearestNode, type Plain, quote, renderPath, type SourceNode } from './source-node.js';
import { parseTemplate, type TemplatePart, variableOffsets } from './template.js';

/** What decides the same for all platforms cannot depend on one. */
const SAME_FOR_ALL = ['name', 'tags', 'platforms', 'created', 'compression', 'vars'];
const PLATFORM_VARIABLES = ['platform.os', 'platform.architecture', 'platform.variant'];
/** UTF-16 units of all texts together after replacing: a variable of 500 KB can be used 100,000 times in 1 MiB. */
const LARGEST = 8 * 1024 * 1024;

export interface Variables {
  /** Undefined for one whose declaration has a problem. */
  readonly vars: ReadonlyMap<string, string | undefined>;
  readonly platform: Platform;
}

/** The declared variables. A variable does not refer to another: of `${…}`, only the escape means something. */
export function readVars(top: SourceNode): Variables['vars'] {
  const vars = new Map<string, string | undefined>();
  for (const [name, { value }] of top.children.get('vars')?.children ?? []) {
    const parts = typeof value === 'string' ? parseTemplate(value) : undefined;
    const texts = parts?.map((part) => (part.kind === 'text' ? part.text : undefined));
    vars.set(String(name), texts?.every((text) => text !== undefined) ? texts.join('') : undefined);
  }
  return vars;
}

/** True where the value, or one in it, uses `${platform.…}`. */
export function usesPlatform(node: SourceNode | undefined): boolean {
  if (node === undefined) return false;
  if (typeof node.value !== 'string') return [...node.children.values()].some(usesPlatform);
  return parseTemplate(node.value).some((part) => part.kind === 'variable' && part.name.startsWith('platform.'));
}

export interface Replacement {
  readonly top: SourceNode;
  readonly source: ManifestText;
  readonly variables: Variables;
  readonly problems: Problems;
}

/**
 * The value at the path, or the whole manifest, with every variable of every value replaced; keys stay as written. A text
 * with a problem is settled, and stays as written.
 */
export function replaceVariables(replacement: Replacement, path: ManifestPath = []): Plain {
  const { node, exact } = nearestNode(replacement.top, path);
  return exact ? new Replacer(replacement).replace(node, path) : null;
}

class Replacer {
  readonly #facts: Replacement;
  #size = 0;

  constructor(facts: Replacement) {
    this.#facts = facts;
  }

  replace(node: SourceNode, path: ManifestPath): Plain {
    if (typeof node.value === 'string') return this.#replaceText(node.value, node, path);
    if (node.children.size === 0) return node.value;
    const children = [...node.children].map(([step, child]) => [step, this.replace(child, [...path, step])] as const);
    if (Array.isArray(node.value)) return children.map(([, value]) => value);
    return mapOf(children.map(([step, value]) => [String(step), value]));
  }

  #replaceText(text: string, node: SourceNode, path: ManifestPath): Plain {
    if (this.#facts.problems.isSettled(path)) return text;
    const parts = parseTemplate(text);
    const values = parts.map((part) => this.#valueOf(part, path));
    const faults = parts.filter((part, index): part is Fault => values[index] === undefined && part.kind !== 'text');
    if (faults.length > 0) {
      this.#report(faults, node, path);
      return text;
    }
    this.#size += values.reduce((sum, value) => sum + value!.length, 0);
    if (this.#size <= LARGEST) return values.join('');
    const message = 'The manifest is larger than 8 MiB after its variables are replaced';
    this.#facts.problems.report(this.#facts.top, [], { code: 'manifest-too-large', message, range: node.range });
    return text;
  }

  #valueOf(part: TemplatePart, path: ManifestPath): string | undefined {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'unterminated' || path[0] === 'vars') return undefined;
    const { vars, platform } = this.#facts.variables;
    if (!part.name.startsWith('platform.')) return vars.get(part.name);
    if (SAME_FOR_ALL.includes(String(path[0]))) return undefined;
    const values = { os: platform.os, architecture: platform.architecture, variant: platform.variant };
    return PLATFORM_VARIABLES.includes(part.name) ? values[part.name.slice(9) as keyof typeof values] : undefined;
  }

  #report(faults: readonly Fault[], node: SourceNode, path: ManifestPath): void {
    const { problems, source } = this.#facts;
    problems.settle(path);
    const written = source.text.slice(...node.range);
    const offsets = variableOffsets(written);
    // Escapes and folded lines of a quoted text can hide one; then the text as a whole is marked.
    const known = offsets.length === variableOffsets(String(node.value)).length;
    for (const fault of faults) {
      if (problems.full) return;
      // The problem of a variable is where it is declared, not where it is used.
      if (path[0] !== 'vars' && fault.kind === 'variable' && this.#facts.variables.vars.has(fault.name)) continue;
      const offset = known ? node.range[0] + offsets[fault.occurrence]! : undefined;
      const length = fault.kind === 'variable' ? fault.name.length + 3 : 2;
      const range: TextRange = offset === undefined ? node.range : [offset, offset + length];
      problems.addAt(range, fault.kind === 'variable' ? this.#undefined(fault.name, path) : unterminated(path));
    }
  }

  #undefined(name: string, path: ManifestPath) {
    const code = 'manifest-undefined-variable' as const;
    const shown = quote(`\${${name}}`);
    const { vars, platform } = this.#facts.variables;
    if (path[0] === 'vars') {
      const message = `${renderPath(path)} uses ${shown}, and a variable does not refer to another`;
      return { code, message, hint: 'Write the whole value, or $${ for a literal "${".' };
    }
    if (PLATFORM_VARIABLES.includes(name)) {
      if (SAME_FOR_ALL.includes(String(path[0]))) {
        return { code, message: `${shown} cannot be used in ${String(path[0])}, which is the same for all platforms` };
      }
      const message = `${shown} has no value: platform ${platform.os}/${platform.architecture} names no variant`;
      return { code, message, hint: 'Write the variant in platforms: linux/arm64/v8.' };
    }
    const known = [...vars.keys(), ...PLATFORM_VARIABLES];
    return { code, message: `${shown} is not a variable`, hint: hintFor(name, path, known) };
  }
}

type Fault = Exclude<TemplatePart, { readonly kind: 'text' }>;

function unterminated(path: ManifestPath) {
  const message = `${renderPath(path)} has "\${" without "}"`;
  return { code: 'manifest-wrong-value' as const, message, hint: 'Write $${ for a literal "${".' };
}

/** In a script, `${NAME}` is mostly meant for the shell. */
function hintFor(name: string, path: ManifestPath, known: readonly string[]): string {
  const near = didYouMean(name, known);
  const isScript = path[0] === 'artifacts' && path[2] === 'run';
  if (!isScript) return near ?? 'Declare it in vars, or write $${ for a literal "${".';
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `$${name} or ` : '';
  const shell = `For the shell's own variable write ${plain}$\${${name.slice(0, 40)}}.`;
  return near === undefined ? shell : `${near} ${shell}`;
}

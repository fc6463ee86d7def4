import { type Assertion, type PatternNode, PatternRefusal } from './pattern-syntax.js';

export type Instruction =
  /** Goes on behind a character that the atom of this number stands for. */
  | { readonly kind: 'character'; readonly atom: number }
  | { readonly kind: 'assertion'; readonly test: Assertion }
  /** Goes on at both places. */
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'found' };

export interface PatternProgram {
  readonly instructions: readonly Instruction[];
  /** No two the same. */
  readonly atoms: readonly string[];
}

/** Counts are written out, so a short pattern may be a long program. */
const LONGEST = 2000;

class Compiler {
  readonly program: Instruction[] = [];
  readonly atoms = new Map<string, number>();
  #work = 0;

  compile(node: PatternNode): void {
    if (++this.#work > LONGEST || this.program.length > LONGEST) {
      throw new PatternRefusal('which is too long where its counts are written out');
    }
    if (node.kind === 'sequence') for (const item of node.items) this.compile(item);
    else if (node.kind === 'choice') this.#compileChoice(node.options);
    else if (node.kind === 'repeat') this.#compileRepeat(node);
    else if (node.kind === 'characters') this.program.push({ kind: 'character', atom: this.#numberOf(node.atom) });
    else this.program.push({ kind: 'assertion', test: node.test });
  }

  #numberOf(atom: string): number {
    const number = this.atoms.get(atom) ?? this.atoms.size;
    this.atoms.set(atom, number);
    return number;
  }

  /** A fork whose second way is set later. */
  #fork(): { second: number } {
    const fork = { kind: 'fork' as const, first: this.program.length + 1, second: 0 };
    this.program.push(fork);
    return fork;
  }

  #jumpTo(target: number): { first: number; second: number } {
    const jump = { kind: 'fork' as const, first: target, second: target };
    this.program.push(jump);
    return jump;
  }

  #compileChoice([first, ...others]: readonly PatternNode[]): void {
    if (others.length === 0) {
      this.compile(first!);
      return;
    }
    const fork = this.#fork();
    this.compile(first!);
    const jump = this.#jumpTo(0);
    fork.second = this.program.length;
    this.#compileChoice(others);
    jump.first = this.program.length;
    jump.second = jump.first;
  }

  #compileRepeat({ item, min, max }: Extract<PatternNode, { kind: 'repeat' }>): void {
    for (let count = 0; count < min; count++) this.compile(item);
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.program.length;
      const fork = this.#fork();
      this.compile(item);
      this.#jumpTo(start);
      fork.second = this.program.length;
      return;
    }
    const forks: { second: number }[] = [];
    for (let count = min; count < max; count++) {
      forks.push(this.#fork());
      this.compile(item);
    }
    for (const fork of forks) fork.second = this.program.length;
  }
}

/**
 * A tree as a program for `PatternMachine`.
 * @throws PatternRefusal where it would be too long
 */
export function compileProgram(node: PatternNode): PatternProgram {
  const compiler = new Compiler();
  compiler.compile(node);
  compiler.program.push({ kind: 'found' });
  return { instructions: compiler.program, atoms: [...compiler.atoms.keys()] };
}

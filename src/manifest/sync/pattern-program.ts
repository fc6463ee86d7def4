import { type Assertion, type PatternNode, PatternRefusal } from './pattern-syntax.js';

type Instruction =
  | { readonly kind: 'character'; readonly set: ReadonlySet<string> }
  | { readonly kind: 'assertion'; readonly test: Assertion }
  /** Goes on at both places. */
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'found' };

/** Counts are written out, so a short pattern may be a long program. */
const LONGEST = 2000;

class Compiler {
  readonly program: Instruction[] = [];
  #work = 0;

  compile(node: PatternNode): void {
    if (++this.#work > LONGEST || this.program.length > LONGEST) {
      throw new PatternRefusal('which is too long where its counts are written out');
    }
    if (node.kind === 'sequence') for (const item of node.items) this.compile(item);
    else if (node.kind === 'choice') this.#compileChoice(node.options);
    else if (node.kind === 'repeat') this.#compileRepeat(node);
    else if (node.kind === 'characters') this.program.push({ kind: 'character', set: node.set });
    else this.program.push({ kind: 'assertion', test: node.test });
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
 * A tree as a program for `runProgram`.
 * @throws PatternRefusal where it would be too long
 */
export function compileProgram(node: PatternNode): readonly Instruction[] {
  const compiler = new Compiler();
  compiler.compile(node);
  compiler.program.push({ kind: 'found' });
  return compiler.program;
}

const isWord = (character: string | undefined): boolean => character !== undefined && /^\w$/.test(character);

function holds(test: Assertion, text: string, position: number): boolean {
  if (test === 'start') return position === 0;
  if (test === 'end') return position === text.length;
  const isBoundary = isWord(text[position - 1]) !== isWord(text[position]);
  return isBoundary === (test === 'boundary');
}

/**
 * True where the program finds something in the text. Follows all ways at once, character by character, so that no
 * pattern takes longer than its length times that of the text: one that backtracks may take longer than anyone waits.
 */
export function runProgram(program: readonly Instruction[], text: string): boolean {
  /** Up to which position an instruction was reached. */
  const reached = new Int32Array(program.length).fill(-1);
  let current: number[] = [];
  for (let position = 0; position <= text.length; position++) {
    const next: number[] = [];
    const open = [...current, 0];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (reached[place] === position) continue;
      reached[place] = position;
      const instruction = program[place]!;
      if (instruction.kind === 'found') return true;
      if (instruction.kind === 'fork') open.push(instruction.second, instruction.first);
      else if (instruction.kind === 'assertion') {
        if (holds(instruction.test, text, position)) open.push(place + 1);
      } else if (position < text.length && instruction.set.has(text[position]!)) next.push(place + 1);
    }
    current = next;
  }
  return false;
}

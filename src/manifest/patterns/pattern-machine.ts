import { type Before, type CharacterClass, CharacterClasses } from './character-classes.js';
import type { PatternProgram } from './pattern-program.js';
import type { Assertion } from './pattern-syntax.js';

/** Instructions that are next at a place in the text, and what stands before it. */
interface Ways {
  readonly places: readonly number[];
  readonly before: Before;
}

interface State extends Ways {
  /** By the number of the class of the character that follows; true: something is found before it. */
  readonly next: (State | true | undefined)[];
}

const START: Before = { isStart: true, isWord: false, endsLine: false };
/** So many instructions and ways between states are kept; then memory begins anew. */
const KEPT = 500_000;
/** A text for which it begins anew so often has states without number, and remembering them only costs time. */
const RENEWALS = 2;

/**
 * Runs a program over texts. Follows all ways at once, so that no pattern takes longer than its length times that of the text: one
 * that backtracks may take longer than anyone waits. Where the ways have met before, one look tells what is next.
 */
export class PatternMachine {
  readonly #program: PatternProgram;
  readonly #isMultiline: boolean;
  readonly #classes: CharacterClasses;
  /** Step at which an instruction was last reached; saves a set for each step. */
  readonly #reached: Float64Array;
  #step = 0;
  #states = new Map<string, State>();
  #kept = 0;
  #renewals = 0;

  constructor(program: PatternProgram, flags: string) {
    this.#program = program;
    this.#isMultiline = flags.includes('m');
    this.#classes = new CharacterClasses(program.atoms, flags);
    this.#reached = new Float64Array(program.instructions.length);
  }

  /** True where the program finds something in the text. */
  finds(text: string): boolean {
    let state = this.#stateOf([], START);
    this.#renewals = 0;
    for (let at = 0; at < text.length; ) {
      if (this.#renewals >= RENEWALS) return this.#findsFrom(text, at, state);
      const point = text.codePointAt(at)!;
      at += point > 0xffff ? 2 : 1;
      const following = this.#classes.classOf(point);
      const next = state.next[following.number] ?? this.#advance(state, following);
      if (next === true) return true;
      state = next;
    }
    return this.#follow(state, undefined) === true;
  }

  /** The same without memory. */
  #findsFrom(text: string, start: number, { places, before }: Ways): boolean {
    let ways: Ways = { places, before };
    for (let at = start; at < text.length; ) {
      const point = text.codePointAt(at)!;
      at += point > 0xffff ? 2 : 1;
      const following = this.#classes.classOf(point);
      const next = this.#follow(ways, following);
      if (next === true) return true;
      ways = { places: next, before: following };
    }
    return this.#follow(ways, undefined) === true;
  }

  #stateOf(unsorted: readonly number[], before: Before): State {
    const places = unsorted.toSorted((a, b) => a - b);
    const key = `${+before.isStart}${+before.isWord}${+before.endsLine}${String.fromCharCode(...places)}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#kept += places.length + 1;
    if (this.#kept > KEPT) {
      this.#states = new Map();
      this.#renewals++;
      this.#kept = places.length + 1;
    }
    const state: State = { places, before, next: [] };
    this.#states.set(key, state);
    return state;
  }

  #advance(state: State, following: CharacterClass): State | true {
    const places = this.#follow(state, following);
    const next = places === true ? true : this.#stateOf(places, following);
    state.next[following.number] = next;
    this.#kept++;
    return next;
  }

  /** The places behind the character that follows, or behind the end of the text; true where something is found before it. */
  #follow({ places, before }: Ways, following: CharacterClass | undefined): readonly number[] | true {
    const { instructions } = this.#program;
    const next: number[] = [];
    // What is searched for may begin at any place.
    const open = [...places, 0];
    this.#step++;
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (this.#reached[place] === this.#step) continue;
      this.#reached[place] = this.#step;
      const instruction = instructions[place]!;
      if (instruction.kind === 'found') return true;
      if (instruction.kind === 'fork') open.push(instruction.second, instruction.first);
      else if (instruction.kind === 'assertion') {
        if (this.#holds(instruction.test, before, following)) open.push(place + 1);
      } else if (following?.fits[instruction.atom] === true) next.push(place + 1);
    }
    return next;
  }

  #holds(test: Assertion, before: Before, following: CharacterClass | undefined): boolean {
    if (test === 'start') return before.isStart || (this.#isMultiline && before.endsLine);
    if (test === 'end') return following === undefined || (this.#isMultiline && following.endsLine);
    return (before.isWord !== (following?.isWord ?? false)) === (test === 'boundary');
  }
}

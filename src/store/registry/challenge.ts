/** RFC 9110, "WWW-Authenticate": one way to prove who asks. */
export interface Challenge {
  /** In lower case: `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y;
const EQUALS = /[ \t]*=[ \t]*/y;
/** Not only tokens: some servers write addresses without quotes. */
const BARE_VALUE = /[^\s,"]+/y;
const QUOTED_VALUE = /"((?:[^"\\]|\\.)*)"/sy;

/** Reads a text from left to right. */
class Scanner {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match !== null) this.position = pattern.lastIndex;
    return match;
  }

  value(): string | undefined {
    const quoted = this.take(QUOTED_VALUE)?.[1];
    return quoted === undefined ? this.take(BARE_VALUE)?.[0] : quoted.replace(/\\(.)/gs, '$1');
  }
}

/** A scope may come in several parts; of anything else that is there twice, nobody knows which counts. */
function add(parameters: Map<string, string>, name: string, value: string): boolean {
  const before = parameters.get(name);
  if (before !== undefined && before !== value && name !== 'scope') return false;
  parameters.set(name, before === undefined || before === value ? value : `${before} ${value}`);
  return true;
}

function parseHeader(header: string): Challenge[] {
  const scanner = new Scanner(header);
  const challenges: { scheme: string; parameters: Map<string, string>; isClear: boolean }[] = [];
  for (scanner.take(SEPARATORS); !scanner.isAtEnd; scanner.take(SEPARATORS)) {
    const name = scanner.take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) break;
    if (scanner.take(EQUALS) === null) {
      challenges.push({ scheme: name, parameters: new Map(), isClear: true });
      scanner.take(TOKEN68);
      continue;
    }
    const value = scanner.value();
    const last = challenges.at(-1);
    if (value === undefined || last === undefined) break;
    last.isClear = add(last.parameters, name, value) && last.isClear;
  }
  return challenges.filter(({ isClear }) => isClear).map(({ scheme, parameters }) => ({ scheme, parameters }));
}

/**
 * All challenges of the values of WWW-Authenticate, in their order. What cannot be understood ends its header; a
 * challenge with a parameter twice is left out.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader);
}

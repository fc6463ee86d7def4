import { decodeUtf8 } from '../util/index.js';
import { CredentialProblem } from './problem.js';

export interface NetrcEntry {
  /** Undefined: `default`, for all hosts that are not named. */
  readonly machine: string | undefined;
  readonly login: string | undefined;
  readonly password: string | undefined;
}

interface Token {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
/** A quoted word, in which a backslash escapes; or a plain one. */
const WORD = /"((?:[^"\\\n]|\\[^\n])*)"(?=\s|$)|[^\s"]\S*/y;

/** Words of one line. `#` begins a comment where a keyword could stand: passwords may begin so too. */
function* tokensOf(text: string, line: number): Generator<Token> {
  const problem = () => new CredentialProblem(`line ${line} has a quote that does not end`);
  for (let at = 0; ; ) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (at >= text.length) return;
    WORD.lastIndex = at;
    const match = WORD.exec(text);
    if (match === null) throw problem();
    at = WORD.lastIndex;
    const [word, quoted] = match;
    yield { text: quoted?.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter) ?? word, line };
  }
}

type Draft = { -readonly [Key in keyof NetrcEntry]: NetrcEntry[Key] };

/** One file under way. Its problems name a line and never what stands there. */
class NetrcParser {
  readonly entries: Draft[] = [];
  #isInMacro = false;
  #awaited: ((token: Token) => void) | undefined;

  readLine(text: string, line: number): void {
    if (this.#isInMacro) {
      // A macro ends with an empty line.
      this.#isInMacro = text.trim() !== '';
      return;
    }
    if (this.#awaited === undefined && text.trimStart().startsWith('#')) return;
    for (const token of tokensOf(text, line)) {
      const take = this.#awaited;
      this.#awaited = undefined;
      if (take === undefined) this.#begin(token);
      else take(token);
    }
  }

  finish(): readonly NetrcEntry[] {
    if (this.#awaited !== undefined) throw new CredentialProblem('it ends in the middle of an entry');
    return this.entries;
  }

  #begin({ text, line }: Token): void {
    switch (text) {
      case 'machine':
        this.#checkNotAfterDefault(line);
        this.#awaited = (token) =>
          void this.entries.push({ machine: token.text, login: undefined, password: undefined });
        return;
      case 'default':
        this.#checkNotAfterDefault(line);
        this.entries.push({ machine: undefined, login: undefined, password: undefined });
        return;
      case 'login':
      case 'password':
        this.#awaited = (token) => this.#set(text, token);
        return;
      case 'account':
        this.#awaited = () => undefined;
        return;
      case 'macdef':
        this.#awaited = () => {
          this.#isInMacro = true;
        };
        return;
      default:
        throw new CredentialProblem(
          `line ${line} has a word that is none of machine, default, login, password, account and macdef`,
        );
    }
  }

  #checkNotAfterDefault(line: number): void {
    if (this.entries.at(-1)?.machine !== undefined || this.entries.length === 0) return;
    throw new CredentialProblem(`line ${line} has an entry after "default", which nobody would reach`);
  }

  #set(key: 'login' | 'password', { text, line }: Token): void {
    const entry = this.entries.at(-1);
    if (entry === undefined) throw new CredentialProblem(`line ${line} has a ${key} before any machine`);
    if (entry[key] !== undefined) throw new CredentialProblem(`line ${line} has a second ${key} for one machine`);
    entry[key] = text;
  }
}

/**
 * The entries of a netrc file (ftp(1), "The .netrc file"; quoted words and comments as curl has them), in their order.
 * @throws CredentialProblem
 */
export function parseNetrc(bytes: Uint8Array): readonly NetrcEntry[] {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new CredentialProblem('it is not UTF-8 text');
  const parser = new NetrcParser();
  text.split(/\r?\n/).forEach((line, index) => {
    parser.readLine(line, index + 1);
  });
  return parser.finish();
}

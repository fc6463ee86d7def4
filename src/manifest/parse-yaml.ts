import { Composer, CST, type Document, Lexer, type ParsedNode, Parser, type YAMLParseError } from 'yaml';
import { fail } from '../errors/index.js';
import type { ManifestText, TextRange } from './manifest-text.js';
import type { ProblemFacts, Problems } from './problems.js';

const DEEPEST = 64;

function isCollection(token: CST.Token): boolean {
  return token.type === 'block-map' || token.type === 'block-seq' || token.type === 'flow-collection';
}

/** Tags and directives change how the rest is read, so there are none. */
function refuseLexeme(lexeme: string, offset: number, { source, problems }: Target): void {
  const unused = `which ${source.format.name} does not use`;
  const type = CST.tokenType(lexeme);
  if (type === 'tag') {
    problems.addAt([offset, offset + lexeme.length], {
      code: 'yaml-tag',
      message: `${JSON.stringify(lexeme)} is a YAML tag, ${unused}`,
      hint: 'Write the value without it; quotes make it text.',
    });
  }
  if (type === 'directive-line' && !/^%YAML[ \t]+1\.2\s*$/.test(lexeme)) {
    problems.addAt([offset, offset + lexeme.length], {
      code: 'yaml-syntax',
      message: `${JSON.stringify(lexeme)} is a YAML directive, ${unused}`,
    });
  }
}

interface Tokens {
  readonly tokens: readonly CST.Token[];
  /** Where the last text in quotes begins: one that is not closed goes to the end of the file. */
  readonly lastQuote: number | undefined;
}

const QUOTED: ReadonlySet<string> = new Set(['single-quoted-scalar', 'double-quoted-scalar']);

/**
 * Text → tokens. The parser keeps its own stack and does not recurse, so the depth is known before anything that does:
 * composing 20,000 nested lists aborts Node 20 and 22 in a way that nothing can catch.
 */
function readTokens(source: ManifestText, problems: Problems): Tokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  let isScalar = false;
  let lastQuote: number | undefined;
  for (const lexeme of new Lexer().lex(source.text)) {
    if (!isScalar) refuseLexeme(lexeme, offset, { source, problems });
    isScalar = lexeme === CST.SCALAR;
    if (QUOTED.has(CST.tokenType(lexeme) ?? '')) lastQuote = offset;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > DEEPEST && parser.stack.filter(isCollection).length > DEEPEST) {
      throw fail('yaml-too-deep', {
        message: `Maps and lists are nested more than ${DEEPEST} deep`,
        at: source.spanOf([offset, offset + 1]),
      });
    }
    offset = parser.offset;
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, lastQuote };
}

interface Target {
  readonly source: ManifestText;
  readonly problems: Problems;
}

/** The first error of each line: what follows on it is mostly a consequence. */
function reportSyntax(errors: readonly YAMLParseError[], { lastQuote }: Tokens, target: Target): number {
  const { source, problems } = target;
  const lines = new Set<number>();
  for (const error of errors) {
    // Tags are reported where they stand.
    if (error.code === 'TAG_RESOLVE_FAILED') continue;
    const { line } = source.spanOf(error.pos);
    if (lines.has(line)) continue;
    lines.add(line);
    problems.addAt(...syntaxProblem(error, source.text, lastQuote));
  }
  return lines.size;
}

function syntaxProblem(
  error: YAMLParseError,
  text: string,
  lastQuote: number | undefined,
): [range: TextRange, facts: ProblemFacts] {
  const code = 'yaml-syntax';
  const [, quote] = /^Missing closing (["'])quote/.exec(error.message) ?? [];
  if (quote !== undefined && lastQuote !== undefined) {
    return [[lastQuote, lastQuote + 1], { code, message: `A text that begins with ${quote} has no closing ${quote}` }];
  }
  const [start, end] = error.pos;
  // White space at the beginning of a line is what is wrong there, but nothing that one sees.
  const indent = error.code === 'TAB_AS_INDENT' ? 0 : (/^ */.exec(text.slice(start))?.[0].length ?? 0);
  const [, hint = SYNTAX_HINTS[error.code]] = MESSAGE_HINTS.find(([pattern]) => pattern.test(error.message)) ?? [];
  return [[start + indent, end + indent], { code, message: error.message, hint }];
}

/** Where the library's code says too little. */
const MESSAGE_HINTS: readonly (readonly [RegExp, string])[] = [
  [/ end with a ]$/, 'A "[" above is not closed.'],
  [/ end with a }$/, 'A "{" above is not closed.'],
  [/^Sequence item without - indicator/, 'Begin it in the column of what it belongs to, or with "- ".'],
  [/^Implicit map keys need to be followed/, 'A line of a map is "key: value", with a space behind the colon.'],
];

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Begin it in the same column as what stands beside it.',
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a text that holds ": " in quotes, and a map on lines of its own.',
  BAD_SCALAR_START: 'Put the text in quotes.',
  BAD_ALIAS: 'Put a text that begins with "*" or "&" in quotes.',
};

/**
 * The one document of the file as YAML 1.2 with the core schema; undefined where there is nothing but comments.
 * Keys written twice, and aliases, are left to who walks the tree.
 *
 * @throws TbuildError `yaml-too-deep`; `yaml-syntax` and whatever was found with it
 */
export function parseYaml(source: ManifestText, problems: Problems): ParsedNode | undefined {
  const read = readTokens(source, problems);
  const { tokens } = read;
  // Looking for keys written twice costs the square of their number there.
  const composer = new Composer({ strict: true, uniqueKeys: false, schema: 'core', merge: false });
  const documents = [...composer.compose(tokens, true, source.text.length)] as Document.Parsed[];
  const starts = tokens.filter((token) => token.type === 'document').map((token) => token.offset);
  if (starts[1] !== undefined) {
    problems.addAt([starts[1], starts[1] + 3], {
      code: 'yaml-many-documents',
      message: `A second YAML document begins, and ${JSON.stringify(source.file)} may hold one`,
    });
  }
  const errors = documents.flatMap((document) => document.errors);
  if (reportSyntax(errors, read, { source, problems }) > 0) problems.throwIfAny();
  return documents[0]?.contents ?? undefined;
}

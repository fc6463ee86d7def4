import { Composer, CST, type Document, Lexer, type ParsedNode, Parser } from 'yaml';
import { fail } from '../errors/index.js';
import type { ManifestText } from './manifest-text.js';
import type { Problems } from './problems.js';

const DEEPEST = 64;

function isCollection(token: CST.Token): boolean {
  return token.type === 'block-map' || token.type === 'block-seq' || token.type === 'flow-collection';
}

/** Tags and directives change how the rest is read, so image.yaml has none. */
function refuseLexeme(lexeme: string, offset: number, problems: Problems): void {
  const type = CST.tokenType(lexeme);
  if (type === 'tag') {
    problems.addAt([offset, offset + lexeme.length], {
      code: 'yaml-tag',
      message: `${JSON.stringify(lexeme)} is a YAML tag, which image.yaml does not use`,
      hint: 'Write the value without it; quotes make it text.',
    });
  }
  if (type === 'directive-line' && !/^%YAML[ \t]+1\.2\s*$/.test(lexeme)) {
    problems.addAt([offset, offset + lexeme.length], {
      code: 'yaml-syntax',
      message: `${JSON.stringify(lexeme)} is a YAML directive, which image.yaml does not use`,
    });
  }
}

/**
 * Text → tokens. The parser keeps its own stack and does not recurse, so the depth is known before anything that does:
 * composing 20,000 nested lists aborts Node 20 and 22 in a way that nothing can catch.
 */
function readTokens(source: ManifestText, problems: Problems): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    if (!isScalar) refuseLexeme(lexeme, offset, problems);
    isScalar = lexeme === CST.SCALAR;
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
  return tokens;
}

/** The first error of each line: what follows on it is mostly a consequence. */
function reportSyntax(documents: readonly Document.Parsed[], source: ManifestText, problems: Problems): number {
  const lines = new Set<number>();
  for (const error of documents.flatMap((document) => document.errors)) {
    // Tags are reported where they stand.
    if (error.code === 'TAG_RESOLVE_FAILED') continue;
    const { line } = source.spanOf(error.pos);
    if (lines.has(line)) continue;
    lines.add(line);
    problems.addAt(error.pos, { code: 'yaml-syntax', message: error.message, hint: SYNTAX_HINTS[error.code] });
  }
  return lines.size;
}

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a text that holds ": " in quotes, and a map on lines of its own.',
  BAD_SCALAR_START: 'Put the text in quotes.',
  BAD_ALIAS: 'Put a text that begins with "*" or "&" in quotes.',
};

/**
 * The one document of image.yaml as YAML 1.2 with the core schema; undefined where there is nothing but comments.
 * Keys written twice, and aliases, are left to who walks the tree.
 *
 * @throws TbuildError `yaml-too-deep`; `yaml-syntax` and whatever was found with it
 */
export function parseYaml(source: ManifestText, problems: Problems): ParsedNode | undefined {
  const tokens = readTokens(source, problems);
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
  if (reportSyntax(documents, source, problems) > 0) problems.throwIfAny();
  return documents[0]?.contents ?? undefined;
}

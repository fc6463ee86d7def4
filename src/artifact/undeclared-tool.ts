import type { ArtifactDeclaration } from '../manifest/index.js';

/** How shells and programs say that they cannot start another; the name is the first group. */
const NOT_STARTED: readonly RegExp[] = [
  /(?:^|[\s:])([^\s:'"/]+): (?:command )?not found$/i,
  /cannot execute ['‘"`]([^'’"`/]+)['’"`]: execvp/,
  /error trying to exec ['‘"`]([^'’"`/]+)['’"`]/,
  /cannot find ['‘"`]([^'’"`/\s]+)['’"`]$/,
  /execvp: ([^\s:/]+): No such file/,
  /\benv: ['‘"`]?([^\s'’"`:/]+)['’"`]?: No such file or directory/,
  /\bspawn (?:\S*\/)?([^\s/]+) ENOENT/,
  /exec: "([^"/]+)": executable file not found/,
  /linker [`'‘"]([^`'’"/]+)[`'’"] not found/,
  /^(?:make|xargs|sh|bash|find|time|nice)(?:\[\d+\])?: ['‘]?([^\s:/'’]+)['’]?: No such file or directory/,
  /FileNotFoundError: \[Errno 2\] No such file or directory: '([^'/.]+)'/,
  /unable to execute '([^'/]+)'/,
];

/** Programs of a compiler that nobody calls by themselves. */
const OF_COMPILERS = /^(?:cc1(?:plus|obj)?|collect2|lto1|lto-wrapper|f951|g\+\+-mapper-server)$/;
/** Those that start others for whoever asks. */
const STARTERS = /^(?:sh|bash|dash|make|env|xargs|find|node|npm|python[\d.]*)$/;

/** What a tool loads that is not there, and the names of tools that load such things. */
const NOT_LOADED: readonly (readonly [said: RegExp, by: RegExp])[] = [
  [
    /fatal error: ['‘"`]?([^\s:'’"`]+)['’"`]?(?:: No such file or directory| file not found)/,
    /^(?:cc|c\+\+|gcc|g\+\+|clang|tcc|cpp)/,
  ],
  [/cannot find (-l[^\s:]+|\S+\.[oa]\b)/, /^(?:cc|c\+\+|gcc|g\+\+|clang|tcc|ld|rustc|go$)/],
  [/error while loading shared libraries: ([^\s:]+):/, /(?!)/],
  [/Can't locate (\S+) in @INC/, /^perl/],
  [/No module named '?([\w.]+)'?/, /^python/],
  [/cannot find (?:GOROOT|package "?([\w./-]+)"?)/, /^go$/],
];

const quote = (text: string): string => JSON.stringify(text);

function firstMatch(
  log: readonly string[],
  pattern: RegExp,
): { readonly name: string; readonly line: string } | undefined {
  for (const line of log) {
    const name = pattern.exec(line.trimEnd())?.[1];
    if (name !== undefined) return { name, line };
  }
  return undefined;
}

/** The tool that wrote the line, by the name that it begins with. */
function writerOf(line: string, tools: readonly string[]): string | undefined {
  const writer = /^(?:\S*\/)?([^\s:/[]+)(?:\[\d+\])?:/.exec(line)?.[1];
  return writer !== undefined && tools.includes(writer) ? writer : undefined;
}

function hintForProgram(
  { name, line }: { readonly name: string; readonly line: string },
  tools: readonly string[],
): string {
  const compiler = tools.find((tool) => /^(?:cc|c\+\+|gcc|g\+\+|clang)/.test(tool));
  const owner = writerOf(line, tools) ?? (/^(?:collect2|cc1|as|ld|lto)/.test(line) ? compiler : undefined);
  if (OF_COMPILERS.test(name)) {
    const whose = owner ?? compiler;
    const of = whose === undefined ? 'the compiler' : quote(whose);
    return `${quote(name)} is a part of ${of}: add the package that brings it to "packages" of that tool, or the directory it lies in to "with".`;
  }
  const start = `A command sees only its tools: add ${quote(name)} to "tools"`;
  if (tools.includes(name))
    return `${quote(name)} is a tool, but what it is started with is not: add its interpreter to "tools".`;
  if (owner === undefined || STARTERS.test(owner)) return `${start}.`;
  return `${start}, or what brings it to "packages" or "with" of ${quote(owner)}.`;
}

/** A program, or a part of one, that the log misses, and how to declare it. */
export function undeclaredTool(log: readonly string[], declaration: ArtifactDeclaration): string | undefined {
  const tools = declaration.tools.map(({ name }) => name);
  for (const pattern of NOT_STARTED) {
    const found = firstMatch(log, pattern);
    if (found !== undefined) return hintForProgram(found, tools);
  }
  for (const [said, by] of NOT_LOADED) {
    const found = firstMatch(log, said);
    if (found === undefined) continue;
    const tool = writerOf(found.line, tools) ?? tools.find((name) => by.test(name));
    const of = tool === undefined ? 'the tool that loads it' : quote(tool);
    return `${quote(found.name)} is neither among the inputs nor a part of ${of}: add its package to "packages" of the tool, or the directory it lies in to "with".`;
  }
  return undefined;
}

/** The first line of a script: `#!/usr/bin/env -S python3 -u`. */
export interface ScriptLine {
  /** Path of the interpreter, as written. */
  readonly interpreter: string;
  /** All that follows: one argument, as Linux passes it. */
  readonly argument: string;
}

/** As much of a script as Linux looks at (BINPRM_BUF_SIZE). */
const LINE_BYTES_MAX = 256;

export function isScript(head: Uint8Array): boolean {
  return head[0] === 0x23 && head[1] === 0x21;
}

/** Reads the first line of a file that `isScript` (execve(2), "Interpreter scripts"); undefined where it names nothing. */
export function parseScript(head: Uint8Array): ScriptLine | undefined {
  const [line = ''] = Buffer.from(head.subarray(2, LINE_BYTES_MAX))
    .toString('utf8')
    .split(/[\n\0]/, 1);
  const trimmed = line.replace(/^[ \t]+|[ \t]+$/g, '');
  const [interpreter = ''] = trimmed.split(/[ \t]/, 1);
  if (interpreter === '') return undefined;
  return { interpreter, argument: trimmed.slice(interpreter.length).replace(/^[ \t]+/, '') };
}

/** Options of env(1) that take the next word. */
const WITH_WORD = new Set(['-u', '--unset', '-C', '--chdir', '-a', '--argv0']);

function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/\\(.)|"([^"]*)"|'([^']*)'/g, '$1$2$3'));
}

/**
 * The program that env(1) starts for this line: what comes after options and variables. Undefined where the interpreter
 * is not env, or is given no program. Without `-S` the whole argument is the name.
 */
export function programOfEnv({ interpreter, argument }: ScriptLine): string | undefined {
  if (!/(^|\/)env$/.test(interpreter) || argument === '') return undefined;
  const split = /^(?:-[0iv]*S|--split-string[= ])\s*/.exec(argument);
  if (split === null) return argument.startsWith('-') || argument.includes('=') ? undefined : argument;
  const words = splitWords(argument.slice(split[0].length));
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (WITH_WORD.has(word)) words.shift();
    else if (!word.startsWith('-') && !word.includes('=')) return word;
  }
  return undefined;
}

import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';

/** Something that a program needs and that nobody can find. */
export interface MissingThing {
  /** As it is asked for: `libz.so.1`, `/lib64/ld-linux-x86-64.so.2`, `python3`. */
  readonly name: string;
  /** From the root to it: `/usr/bin/curl`, `libcurl.so.4`, `libz.so.1`. */
  readonly why: readonly string[];
  /** Paths at which it would have been found. */
  readonly looked: readonly string[];
  /** What is wrong where it is there. */
  readonly problem?: string;
}

export interface MissingFrom {
  /** Where it should be: `the packages`, `image busybox:1.36`. */
  readonly what: string;
  readonly at: SourceSpan | undefined;
}

function through(why: readonly string[]): string {
  const [first, ...rest] = why.slice(0, -1);
  return `${JSON.stringify(first)} needs${rest.length === 0 ? '' : `, through ${rest.map((name) => JSON.stringify(name)).join(' → ')},`}`;
}

function problemOf({ name, why, looked, problem }: MissingThing, { what, at }: MissingFrom): TbuildError {
  const places = [...new Set(looked.map((path) => path.slice(0, Math.max(1, path.lastIndexOf('/')))))];
  const searched = places.length === 0 ? '' : `Looked in ${places.join(', ')}. `;
  return fail('closure-missing', {
    message: `${through(why)} ${JSON.stringify(name)}, ${problem ?? `which is not in ${what}`}`,
    hint: `${searched}Add what brings it; where it lies elsewhere, name it in "extras" of the closure.`,
    at,
    details: { name, why, looked },
  });
}

/** One error for all that is missing. */
export function missingError(missing: readonly MissingThing[], from: MissingFrom): TbuildError {
  const problems = missing.map((thing) => problemOf(thing, from));
  if (problems.length === 1) return problems[0]!;
  return fail('closure-missing', {
    message: `${missing.length} things that programs need are not in ${from.what}`,
    at: from.at,
    details: { missing: missing.map(({ why }) => why.join(' → ')) },
    problems,
  });
}

import { type ErrorCode, fail, TbuildError, type TbuildErrorFacts } from '../../errors/index.js';

/** Main thread to worker. */
export interface WorkerRequest {
  readonly id: number;
  readonly input: unknown;
}

/** A thrown value as plain data: a structured clone of an Error would lose its code and its name. */
export type ThrownFacts =
  | { readonly kind: 'tbuild'; readonly code: ErrorCode; readonly facts: TbuildErrorFacts }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly message: string;
      readonly code?: string;
      readonly stack?: string;
    };

/** Worker to main thread; `id` is that of the request. */
export type WorkerResponse =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly thrown: ThrownFacts };

const BUILT_IN = { Error, RangeError, SyntaxError, TypeError } as const;

export function factsOfThrown(error: unknown): ThrownFacts {
  if (error instanceof TbuildError) {
    const { code, message, hint, at, related, details } = error;
    return { kind: 'tbuild', code, facts: { message, hint, at, related, details } };
  }
  if (!(error instanceof Error)) return { kind: 'error', name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const code = (error as NodeJS.ErrnoException).code;
  return {
    kind: 'error',
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
  };
}

/** The error again, on the other side: same class where it is ours or built in, same name, message and code. */
export function errorOfFacts(thrown: ThrownFacts): Error {
  if (thrown.kind === 'tbuild') return fail(thrown.code, thrown.facts);
  const Thrown = Object.hasOwn(BUILT_IN, thrown.name) ? BUILT_IN[thrown.name as keyof typeof BUILT_IN] : Error;
  const error: NodeJS.ErrnoException = new Thrown(thrown.message);
  if (error.name !== thrown.name) error.name = thrown.name;
  if (thrown.code !== undefined) error.code = thrown.code;
  if (thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}

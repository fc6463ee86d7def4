import { errnoOf } from '../host/index.js';

/** Turns an errno error into one that says what it means here. */
export type Explain = (error: unknown) => Error;

/** The error to throw for a caught one: errno errors explained, others as they are. */
export function explanationOf(error: unknown, explain: Explain): unknown {
  return errnoOf(error) === undefined ? error : explain(error);
}

/** What the call returns; its errno errors are explained, others pass. */
export function explained<T>(call: () => T, explain: Explain): T {
  try {
    return call();
  } catch (error) {
    throw explanationOf(error, explain);
  }
}

/** Makes the call and passes over its errno errors. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

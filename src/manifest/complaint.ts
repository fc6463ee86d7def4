import type { ErrorCode } from '../errors/index.js';

/** What is wrong with one value: continues "mode is "0999", …". */
export interface Complaint {
  readonly reason: string;
  readonly hint?: string | undefined;
  /** Default: `manifest-wrong-value`. */
  readonly code?: ErrorCode;
  /** The value for the message, where it holds a secret and is not to be shown as written. */
  readonly shown?: string;
}

export function isComplaint(value: unknown): value is Complaint {
  return typeof value === 'object' && value !== null && 'reason' in value;
}

/** The value of a manifest that was checked. */
export function accepted<T>(value: T | Complaint): T {
  if (isComplaint(value)) throw new Error(`a value ${value.reason} was not refused`);
  return value;
}

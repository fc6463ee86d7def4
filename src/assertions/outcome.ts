import type { SourceSpan } from '../errors/index.js';

/** What came of looking at one assertion. */
export interface CheckedAssertion {
  /** `files /usr/bin/server`, `contents /etc/motd`, `metadata env.PORT`, `command version`. */
  readonly what: string;
  readonly platform: string;
  readonly outcome: 'holds' | 'fails' | 'skipped';
  /** Why it fails, with expected and found; why it was skipped. */
  readonly message?: string;
  readonly at: SourceSpan;
}

/** An assertion by name and place. */
export interface Asserted {
  readonly what: string;
  readonly platform: string;
  readonly at: SourceSpan;
}

/** @param problems what is not as asserted; none where it holds */
export function outcomeOf({ what, platform, at }: Asserted, problems: readonly string[]): CheckedAssertion {
  if (problems.length === 0) return { what, platform, outcome: 'holds', at };
  return { what, platform, outcome: 'fails', message: problems.join('; '), at };
}

/** An assertion that nobody could look at. */
export function skipped({ what, platform, at }: Asserted, reason: string): CheckedAssertion {
  return { what, platform, outcome: 'skipped', message: reason, at };
}

import type { CommandAssertion } from '../manifest/index.js';
import { checkText, decodeText, showText } from './check-text.js';

/** How a command ended that was run in a container. */
export interface CommandOutcome {
  /** 128 + n where a signal ended it. */
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** What is not as asserted of a command that was run. */
export function checkCommand(asserted: CommandAssertion, outcome: CommandOutcome): readonly string[] {
  const { exitCode, stdout, noStdout, stderr, noStderr } = asserted;
  const [out, errors] = [decodeText(outcome.stdout), decodeText(outcome.stderr)];
  const said = errors.trim() === '' ? out.trim() : errors.trim();
  const status =
    outcome.status === exitCode
      ? []
      : [
          `expected exit code ${exitCode}, found ${outcome.status}${said === '' ? '' : `, and it said ${showText(said)}`}`,
        ];
  return [
    ...status,
    ...checkText({ expected: stdout, excluded: noStdout, of: 'stdout' }, out),
    ...checkText({ expected: stderr, excluded: noStderr, of: 'stderr' }, errors),
  ];
}

import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import type { Created } from '../manifest/index.js';

/** 9999-12-31T23:59:59Z: RFC 3339 has four digits for the year. */
const LATEST = 253_402_300_799;

function fromEnvironment(text: string): number {
  const seconds = /^(0|[1-9][0-9]{0,11})$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= LATEST) return seconds;
  throw fail('environment-invalid', {
    message: `SOURCE_DATE_EPOCH is ${JSON.stringify(text.slice(0, 40))}, which is not a number of seconds from 0 to ${LATEST}`,
    hint: 'Unset it, or give whole seconds since 1970 in decimal digits: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct).',
  });
}

async function fromGit(host: Host, directory: string, created: Created & { readonly kind: 'git' }): Promise<number> {
  const git = host.processes.findProgram('git');
  if (git === undefined) {
    throw fail('created-unknown', { message: '"created: git" needs git, which is not on PATH', at: created.at });
  }
  const output: Uint8Array[] = [];
  const ending = await host.processes.run({
    program: git,
    args: ['log', '-1', '--format=%ct', 'HEAD'],
    workingDirectory: directory,
    env: { PATH: host.env.variable('PATH') ?? '', HOME: host.env.homeDirectory, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
    onOutput: (chunk) => output.push(chunk.slice()),
    interruption: host.interruption,
  });
  const text = Buffer.concat(output).toString('utf8').trim();
  if (ending.kind === 'exited' && ending.status === 0 && /^[0-9]+$/.test(text)) return Number(text);
  throw fail('created-unknown', {
    message: `"created: git" needs a commit, and git says: ${text.slice(0, 200) || 'nothing'}`,
    hint: 'Commit first, or write a time: "created: 0".',
    at: created.at,
  });
}

/**
 * The one time of the image, in seconds since the epoch. SOURCE_DATE_EPOCH wins over image.yaml
 * (reproducible-builds.org, "SOURCE_DATE_EPOCH specification").
 *
 * @throws TbuildError `environment-invalid`, `created-unknown`
 */
export async function resolveCreated(host: Host, directory: string, created: Created): Promise<number> {
  const override = host.env.variable('SOURCE_DATE_EPOCH');
  if (override !== undefined) return fromEnvironment(override);
  if (created.kind === 'epoch') return created.seconds;
  return fromGit(host, directory, created);
}

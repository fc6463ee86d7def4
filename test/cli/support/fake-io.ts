import type { HostChoice, Io, OutputStream } from '../../../src/cli/io.js';
import type { Operations } from '../../../src/cli/operations.js';
import { run } from '../../../src/cli/run.js';
import { createNodeHost } from '../../../src/host/index.js';
import { collect } from '../../../src/util/index.js';

interface FakeStream extends OutputStream {
  readonly text: string;
}

function fakeStream(facts: Partial<OutputStream> = {}): FakeStream {
  let text = '';
  return {
    isTerminal: false,
    isBroken: false,
    columns: 80,
    rows: 24,
    write: (more) => {
      text += typeof more === 'string' ? more : Buffer.from(more).toString();
    },
    settle: async () => undefined,
    ...facts,
    get text() {
      return text;
    },
  };
}

export interface FakeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly operations?: Partial<Operations>;
  readonly stdout?: Partial<OutputStream>;
  readonly stderr?: Partial<OutputStream>;
  /** What standard input holds. */
  readonly input?: string;
}

interface FakeIo extends Io {
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
  /** What hosts were asked for. */
  readonly hosts: HostChoice[];
}

const VARIATION = { timeZone: 'Pacific/Kiritimati', umask: 0o077, directoryOrder: 'reversed' } as const;

/** A process without a terminal, whose operations are the given ones. */
function fakeIo(argv: readonly string[], options: FakeOptions = {}): FakeIo {
  const hosts: HostChoice[] = [];
  let directory = '/start';
  return {
    argv,
    hosts,
    variable: (name) => options.env?.[name],
    stdout: fakeStream(options.stdout),
    stderr: fakeStream(options.stderr),
    readInput: async (limitBytes) => collect([Buffer.from(options.input ?? '')], limitBytes),
    changeDirectory(to) {
      if (to === '/missing') throw Object.assign(new Error('no'), { code: 'ENOENT' });
      directory = to;
    },
    get workingDirectory() {
      return directory;
    },
    monotonic: () => 0,
    every: () => () => undefined,
    openHost(choice) {
      hosts.push(choice);
      return createNodeHost();
    },
    variation: () => VARIATION,
    loadOperations: async () => options.operations as Operations,
  };
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly hosts: readonly HostChoice[];
}

/** Runs one command line against fake operations. */
export async function runCli(argv: readonly string[], options: FakeOptions = {}): Promise<Outcome> {
  const io = fakeIo(argv, options);
  const status = await run(io);
  return { status, stdout: io.stdout.text, stderr: io.stderr.text, hosts: io.hosts };
}

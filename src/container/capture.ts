import type { Host } from '../host/index.js';

/** How much of what a helper says is kept. */
const SAID_LIMIT_BYTES = 64 * 1024;

export interface Captured {
  /** 128 where a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Helper {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absent: it runs to its end whatever happens, to clean up. */
  readonly interruption?: AbortSignal;
}

/** Runs a short program and keeps the beginning of what it writes. Rejects as `Processes.run` does. */
export async function capture({ interruption, ...helper }: Helper, { processes }: Host): Promise<Captured> {
  const said = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const ending = await processes.run({
    ...helper,
    interruption: interruption ?? new AbortController().signal,
    onOutput(chunk, stream) {
      const room = SAID_LIMIT_BYTES - said[stream].length;
      if (room > 0) said[stream] = Buffer.concat([said[stream], chunk.subarray(0, room)]);
    },
  });
  const status = ending.kind === 'exited' ? ending.status : 128;
  return { status, stdout: said.stdout.toString('utf8'), stderr: said.stderr.toString('utf8') };
}

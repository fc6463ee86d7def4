import type { Bytes } from '../../util/index.js';
import { shownWords } from './call-daemon.js';

const LINE_BYTES = 64 * 1024;

/** The lines of the stream; what is longer than any line of docker comes in pieces. */
async function* linesOf(stream: Bytes): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
    }
    if (rest.length <= LINE_BYTES) continue;
    yield rest.toString();
    rest = Buffer.alloc(0);
  }
  yield rest.toString();
}

interface Line {
  readonly error?: unknown;
  readonly errorDetail?: { readonly message?: unknown } | null;
}

function problemOfLine(text: string): string | undefined {
  let line: Line | null;
  try {
    line = JSON.parse(text) as Line | null;
  } catch {
    return `docker answered what is not JSON: ${shownWords(text)}`;
  }
  const words = line?.errorDetail?.message ?? line?.error;
  if (words === undefined || words === null) return undefined;
  return `docker says: ${shownWords(typeof words === 'string' ? words : JSON.stringify(words))}`;
}

/**
 * Reads to its end what docker says while it loads: lines of JSON, of which one with `error` or `errorDetail` means that
 * it failed, although the status was 200.
 *
 * @returns the first failure in words; undefined where all went well
 */
export async function problemOfLoading(report: Bytes): Promise<string | undefined> {
  let problem: string | undefined;
  for await (const line of linesOf(report)) {
    if (line.trim() !== '') problem ??= problemOfLine(line);
  }
  return problem;
}

import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { dim, type Style, Text, text } from '../render/text.js';

/** A command that writes no line end must not fill the memory. */
const LINE_LIMIT = 64 * 1024;

/** By turns, so that artifacts that run at the same time are told apart. */
const COLOURS: readonly Style[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

interface Pending {
  readonly decoder: StringDecoder;
  rest: string;
}

/** Cuts what artifacts' commands write into lines that name the artifact. */
export class ArtifactLines {
  readonly #pending = new Map<string, Pending>();
  /** Name as it is shown; all names known so far are as wide. */
  readonly #names = new Map<string, Text>();

  /** The lines that are complete with this chunk. A carriage return ends a line too, as progress bars use it. */
  push(artifact: string, chunk: Uint8Array): Text[] {
    const pending = this.#pending.get(artifact) ?? { decoder: new StringDecoder('utf8'), rest: '' };
    this.#pending.set(artifact, pending);
    const lines = (
      pending.rest + pending.decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    ).split(/\r*\n|\r(?!\n|$)/);
    pending.rest = lines.pop()!;
    if (pending.rest.length > LINE_LIMIT) {
      lines.push(pending.rest);
      pending.rest = '';
    }
    return lines.map((line) => this.#line(artifact, line));
  }

  /** What was written without a line end. */
  flush(): Text[] {
    const left = [...this.#pending].map(([artifact, { decoder, rest }]) => ({
      artifact,
      rest: (rest + decoder.end()).replace(/\r+$/, ''),
    }));
    this.#pending.clear();
    return left.filter(({ rest }) => rest !== '').map(({ artifact, rest }) => this.#line(artifact, rest));
  }

  /** `server | compiling…`; colour and cursor movements of the command are taken out. */
  #line(artifact: string, line: string): Text {
    const known = this.#names.get(artifact);
    const name = known ?? Text.of(artifact).styled(COLOURS[this.#names.size % COLOURS.length]!);
    if (known === undefined) this.#names.set(artifact, name);
    const width = Math.max(...[...this.#names.values()].map((other) => other.width));
    return text`${name.padEnd(width)} ${dim('|')} ${stripVTControlCharacters(line)}`;
  }
}

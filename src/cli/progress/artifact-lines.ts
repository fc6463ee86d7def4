import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { cyan, dim, type Text, text } from '../render/text.js';

/** A command that writes no line end must not fill the memory. */
const LINE_LIMIT = 64 * 1024;

interface Pending {
  readonly decoder: StringDecoder;
  rest: string;
}

/** `server | compiling…`; colour and cursor movements of the command are taken out. */
function renderLine(artifact: string, line: string): Text {
  return text`${cyan(artifact)} ${dim('|')} ${stripVTControlCharacters(line)}`;
}

/** Cuts what an artifact's command writes into lines that name the artifact. */
export class ArtifactLines {
  readonly #pending = new Map<string, Pending>();

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
    return lines.map((line) => renderLine(artifact, line));
  }

  /** What was written without a line end. */
  flush(): Text[] {
    const left = [...this.#pending].map(([artifact, { decoder, rest }]) => ({
      artifact,
      rest: (rest + decoder.end()).replace(/\r+$/, ''),
    }));
    this.#pending.clear();
    return left.filter(({ rest }) => rest !== '').map(({ artifact, rest }) => renderLine(artifact, rest));
  }
}

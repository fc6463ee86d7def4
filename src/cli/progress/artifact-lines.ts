import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { BuildEvent } from '../../operations/index.js';
import { dim, type Style, Text, text } from '../render/text.js';

/** A command that writes no line end must not fill the memory. */
const LINE_LIMIT = 64 * 1024;

/** By turns, so that artifacts that run at the same time are told apart. */
const COLOURS: readonly Style[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

type ArtifactOutput = Omit<Extract<BuildEvent, { readonly kind: 'artifact-output' }>, 'kind'>;

interface Pending {
  readonly decoder: StringDecoder;
  rest: string;
}

/** Cuts what artifacts' commands write into lines that name the artifact. */
export class ArtifactLines {
  readonly #pending = new Map<string, Pending>();
  /** File and name → name as it is shown; all names known so far are as wide. */
  readonly #names = new Map<string, Text>();

  /** The lines that are complete with this chunk. A carriage return ends a line too, as progress bars use it. */
  push({ artifact, file, chunk }: ArtifactOutput): Text[] {
    const key = JSON.stringify([file, artifact]);
    if (!this.#names.has(key)) this.#names.set(key, this.#newName(artifact, file));
    const pending = this.#pending.get(key) ?? { decoder: new StringDecoder('utf8'), rest: '' };
    this.#pending.set(key, pending);
    const lines = (
      pending.rest + pending.decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    ).split(/\r*\n|\r(?!\n|$)/);
    pending.rest = lines.pop()!;
    if (pending.rest.length > LINE_LIMIT) {
      lines.push(pending.rest);
      pending.rest = '';
    }
    return lines.map((line) => this.#line(key, line));
  }

  /** What was written without a line end. */
  flush(): Text[] {
    const left = [...this.#pending].map(([key, { decoder, rest }]) => ({
      key,
      rest: (rest + decoder.end()).replace(/\r+$/, ''),
    }));
    this.#pending.clear();
    return left.filter(({ rest }) => rest !== '').map(({ key, rest }) => this.#line(key, rest));
  }

  /** An artifact of another image that has the same name is told by its file. */
  #newName(artifact: string, file: string): Text {
    const isTaken = [...this.#names.keys()].some((key) => (JSON.parse(key) as readonly string[])[1] === artifact);
    const name = isTaken ? `${artifact} of ${file}` : artifact;
    return Text.of(name).styled(COLOURS[this.#names.size % COLOURS.length]!);
  }

  /** `server | compiling…`; colour and cursor movements of the command are taken out. */
  #line(key: string, line: string): Text {
    const names = [...this.#names.values()];
    const width = Math.max(...names.map((name) => name.width));
    return text`${this.#names.get(key)!.padEnd(width)} ${dim('|')} ${stripVTControlCharacters(line)}`;
  }
}

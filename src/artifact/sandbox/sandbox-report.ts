/** What bubblewrap tells about a sandbox: documents of JSON, one after the other. */
export class SandboxReport {
  #text = '';

  hear(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('latin1');
  }

  /** The first process in the sandbox, by its id outside; undefined while there is none. */
  get processId(): number | undefined {
    const id = /"child-pid": *(\d+)/.exec(this.#text)?.[1];
    return id === undefined ? undefined : Number(id);
  }

  /** True after the end where the command was begun; otherwise the sandbox could not be made. */
  get hasRun(): boolean {
    return this.#text.includes('"exit-code"');
  }
}

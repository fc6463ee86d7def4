import { lazy } from '../util/index.js';
import { xzWasm } from './generated/xz-wasm.js';

/** What xz-assembly/index.ts exports. Addresses and counts are in bytes. */
export interface XzWasm {
  readonly memory: { readonly buffer: ArrayBuffer };
  inputAddress(): number;
  inputLimit(): number;
  outputAddress(): number;
  begin(dictionaryBytes: number): void;
  decode(control: number, properties: number, packed: number, unpacked: number): number;
  extendCheck(before: bigint, count: number): bigint;
}

/** The part of the global `WebAssembly` that is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const compiled = lazy(() => new WebAssembly.Module(Buffer.from(xzWasm, 'base64')));

/** A new one. No result depends on what an instance did before. */
export function xzInstance(): XzWasm {
  const instance = new WebAssembly.Instance(compiled()).exports as XzWasm & { prepare(): void };
  instance.prepare();
  return instance;
}

/** Puts bytes at the input's address. At most `inputLimit`. */
export function putInput(instance: XzWasm, bytes: Uint8Array): void {
  new Uint8Array(instance.memory.buffer, instance.inputAddress(), bytes.length).set(bytes);
}

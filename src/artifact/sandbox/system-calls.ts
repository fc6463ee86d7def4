/**
 * Of an architecture: its number (linux/audit.h, `AUDIT_ARCH_…`), and the first of its system calls for keys. It is followed by
 * the two others: add_key, request_key, keyctl.
 */
const KEY_CALLS: readonly (readonly [architecture: number, first: number])[] = [
  [0xc000003e, 248], // x86-64, and x32, which has a bit of its own in the number of the call
  [0x40000003, 286], // x86
  [0xc00000b7, 217], // ARM, 64 bits
  [0x40000028, 309], // ARM
  [0xc00000f3, 217], // RISC-V, 64 bits
  [0xc0000015, 269], // POWER, 64 bits, little-endian
  [0x80000016, 278], // IBM Z
];
const X32 = 0x40000000;

/** Where a filter finds them in `struct seccomp_data` (seccomp(2)). */
const NUMBER = 0;
const ARCHITECTURE = 4;

/** Codes of instructions (linux/bpf_common.h). */
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_GREATER_OR_EQUAL = 0x35;
const RETURN = 0x06;

/** Answers (linux/seccomp.h): go on; or as a kernel that has no such call, ENOSYS. */
const ALLOW = 0x7fff0000;
const UNKNOWN_CALL = 0x00050000 | 38;

type Instruction = readonly [code: number, value: number, ifTrue?: number, ifFalse?: number];

/** `struct sock_filter`s, in the byte order of the machine. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new ArrayBuffer(instructions.length * 8);
  for (const [i, [code, value, ifTrue = 0, ifFalse = 0]] of instructions.entries()) {
    new Uint16Array(bytes, i * 8, 1).set([code]);
    new Uint8Array(bytes, i * 8 + 2, 2).set([ifTrue, ifFalse]);
    new Uint32Array(bytes, i * 8 + 4, 1).set([value]);
  }
  return new Uint8Array(bytes);
}

/**
 * The filter of system calls of a strict command: it has no keys. Keys have no namespace but that of the user, and a process has
 * the session's of whoever started it, with what secrets are there (session-keyring(7)).
 */
export function systemCallFilter(): Uint8Array {
  const ofArchitecture = ([architecture, first]: (typeof KEY_CALLS)[number]): readonly Instruction[] => [
    [JUMP_EQUAL, architecture, 0, 6],
    [LOAD, NUMBER],
    [AND, ~X32 >>> 0],
    [JUMP_GREATER_OR_EQUAL, first, 0, 2],
    [JUMP_GREATER, first + 2, 1, 0],
    [RETURN, UNKNOWN_CALL],
    [RETURN, ALLOW],
  ];
  return encode([[LOAD, ARCHITECTURE], ...KEY_CALLS.flatMap(ofArchitecture), [RETURN, ALLOW]]);
}

// Makes a Linux program that prints a file: `node make-show.mjs amd64|arm64` leaves it at $OUT/show. `show FILE` prints
// up to 64 KiB of the file and ends with 1 if it cannot. ../../hello/make-hello.mjs explains how such a program is made.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const word = (value) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
const AT_FDCWD = -100;
const LIMIT = 0xffff;

// file = openat(AT_FDCWD, the first argument, read-only); sendfile(1, file, 0, LIMIT); exit(1 for an error, else 0).
// A file that could not be opened makes sendfile fail too.
const amd64 = [
  ...[0x48, 0x8b, 0x74, 0x24, 16], // mov rsi, [rsp + 16]: behind the count and the program's name
  ...[0xbf, ...word(AT_FDCWD)], // mov edi, AT_FDCWD
  ...[0xba, ...word(0)], // mov edx, 0: read-only
  ...[0xb8, ...word(257)], // mov eax, 257: openat
  ...[0x0f, 0x05], // syscall
  ...[0x89, 0xc6], // mov esi, eax
  ...[0xbf, ...word(1)], // mov edi, 1: standard output
  ...[0xba, ...word(0)], // mov edx, 0: from where the file stands
  ...[0x41, 0xba, ...word(LIMIT)], // mov r10d, LIMIT
  ...[0xb8, ...word(40)], // mov eax, 40: sendfile
  ...[0x0f, 0x05], // syscall
  ...[0x89, 0xc7], // mov edi, eax
  ...[0xc1, 0xef, 31], // shr edi, 31: the sign
  ...[0xb8, ...word(60)], // mov eax, 60: exit
  ...[0x0f, 0x05], // syscall
];

const move = (register, value) => word(0xd2800000 | (value << 5) | register); // movz xN, value
const callSystem = word(0xd4000001); // svc #0
const arm64 = [
  ...word(0xf9400be1), // ldr x1, [sp, #16]: behind the count and the program's name
  ...word(0x92800000 | (~AT_FDCWD << 5)), // movn x0, ~AT_FDCWD
  ...move(2, 0), // read-only
  ...move(8, 56), // openat
  ...callSystem,
  ...word(0xaa0003e1), // mov x1, x0
  ...move(0, 1), // standard output
  ...move(2, 0), // from where the file stands
  ...move(3, LIMIT),
  ...move(8, 71), // sendfile
  ...callSystem,
  ...word(0x531f7c00), // lsr w0, w0, #31: the sign
  ...move(8, 93), // exit
  ...callSystem,
];

/** An executable file of a header, one readable and executable segment, and a stack that is not executable; elf(5). */
function elfFile(elfMachine, code) {
  const start = 64 + 2 * 56;
  const address = 0x400000;
  const size = start + code.length;
  const file = Buffer.alloc(size);
  const put16 = (offset, ...values) => {
    for (const [index, value] of values.entries()) file.writeUInt16LE(value, offset + 2 * index);
  };
  const put64 = (offset, ...values) => {
    for (const [index, value] of values.entries()) file.writeBigUInt64LE(BigInt(value), offset + 8 * index);
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  put16(16, 2, elfMachine);
  file.writeUInt32LE(1, 20);
  put64(24, address + start, 64, 0);
  put16(52, 64, 56, 2);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(4 | 1, 68);
  put64(72, 0, address, address, size, size, 0x10000);
  file.writeUInt32LE(0x6474e551, 120); // PT_GNU_STACK
  file.writeUInt32LE(4 | 2, 124);
  put64(168, 16);
  file.set(code, start);
  return file;
}

const programs = { amd64: elfFile(62, amd64), arm64: elfFile(183, arm64) };
const program = programs[process.argv[2]];
if (program === undefined) throw new Error(`no program for ${JSON.stringify(process.argv[2])}: amd64 or arm64`);
writeFileSync(join(process.env.OUT, 'show'), program, { mode: 0o755 });

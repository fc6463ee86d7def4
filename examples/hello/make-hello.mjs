// Makes a Linux program that writes message.txt and ends: `node make-hello.mjs amd64|arm64` leaves it at $OUT/hello.
// It stands in for a compiler, so that this example builds wherever tbuild runs. A real image.yaml would have
// `run: go build …` or `run: cargo build …` instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A 32-bit number, lowest byte first, as both architectures want it. */
const word = (value) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];

// The program, as instructions: write(1, message, length); exit(1 if write answered with an error, else 0). The message
// stands right behind the code and is found by its distance, so the code does not depend on where it is loaded.
const programs = {
  amd64: {
    elfMachine: 62,
    // The number of a system call goes in eax, its arguments in edi, rsi and edx; the answer comes in eax.
    code: (length) => {
      const rest = [
        ...[0xba, ...word(length)], // mov edx, length
        ...[0x0f, 0x05], // syscall
        ...[0x89, 0xc7], // mov edi, eax
        ...[0xc1, 0xef, 31], // shr edi, 31: the sign
        ...[0xb8, ...word(60)], // mov eax, 60: exit
        ...[0x0f, 0x05], // syscall
      ];
      return [
        ...[0xb8, ...word(1)], // mov eax, 1: write
        ...[0xbf, ...word(1)], // mov edi, 1: standard output
        ...[0x48, 0x8d, 0x35, ...word(rest.length)], // lea rsi, [rip + rest]: counted from the next instruction
        ...rest,
      ];
    },
  },
  arm64: {
    elfMachine: 183,
    // The number of a system call goes in x8, its arguments in x0, x1 and x2; the answer comes in x0.
    code: (length) => {
      const move = (register, value) => word(0xd2800000 | (value << 5) | register); // movz xN, value
      const address = (register, distance) => word(0x10000000 | ((distance >> 2) << 5) | register); // adr xN, . + distance
      const callSystem = word(0xd4000001); // svc #0
      const rest = [
        ...move(2, length),
        ...callSystem,
        ...word(0x531f7c00), // lsr w0, w0, #31: the sign
        ...move(8, 93), // exit
        ...callSystem,
      ];
      return [
        ...move(8, 64), // write
        ...move(0, 1), // standard output
        ...address(1, 4 + rest.length), // counted from this instruction, which has four bytes
        ...rest,
      ];
    },
  },
};

/**
 * The smallest program file that Linux loads: the file header, two program headers, then the content; see elf(5).
 * All of it is mapped once, readable and executable; nothing is writable, and the stack is not executable.
 */
function elfFile(elfMachine, content) {
  const headerSize = 64;
  const segmentSize = 56;
  const start = headerSize + 2 * segmentSize;
  const address = 0x400000;
  const size = start + content.length;
  const file = Buffer.alloc(size);
  const put16 = (offset, ...values) => {
    for (const [index, value] of values.entries()) file.writeUInt16LE(value, offset + 2 * index);
  };
  const put64 = (offset, ...values) => {
    for (const [index, value] of values.entries()) file.writeBigUInt64LE(BigInt(value), offset + 8 * index);
  };

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bit, little-endian, version 1; System V
  put16(16, 2, elfMachine); // an executable
  file.writeUInt32LE(1, 20); // version 1
  put64(24, address + start, headerSize, 0); // entry point, offset of the program headers, no section headers
  put16(52, headerSize, segmentSize, 2); // sizes, and how many program headers

  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(4 | 1, 68); // readable, executable
  put64(72, 0, address, address, size, size, 0x10000); // offset, addresses, sizes; aligned for the largest pages

  file.writeUInt32LE(0x6474e551, 120); // PT_GNU_STACK
  file.writeUInt32LE(4 | 2, 124); // readable, writable
  put64(168, 16); // alignment

  file.set(content, start);
  return file;
}

const program = programs[process.argv[2]];
if (program === undefined) throw new Error(`no program for ${JSON.stringify(process.argv[2])}: amd64 or arm64`);
const message = readFileSync('message.txt');
if (message.length > 0xffff) throw new Error('message.txt is longer than one movz instruction can say: 65535 bytes');
const content = Buffer.from([...program.code(message.length), ...message]);
writeFileSync(join(process.env.OUT, 'hello'), elfFile(program.elfMachine, content), { mode: 0o755 });

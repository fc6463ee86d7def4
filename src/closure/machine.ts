import type { ElfAbi } from './elf-header.js';

/** What of the world depends on the machine that a program is for. */
export interface Machine {
  /** Names of its directory in Debian's multiarch (wiki.debian.org/Multiarch/Tuples), likely ones first. */
  readonly triplets: readonly string[];
  /** Names of its directory elsewhere (FHS 3.0, 3.10): `lib64`, and `lib`, which 32-bit machines have alone. */
  readonly libraries: readonly string[];
  /** What `$PLATFORM` stands for; undefined where that depends on the processor. */
  readonly platform: string | undefined;
}

interface MachineFacts {
  triplets(abi: ElfAbi): readonly string[];
  libraries?(abi: ElfAbi): readonly string[];
  readonly platform?: string;
  /** Bits of e_flags in which two files must agree, where both say something. */
  readonly flags?: number;
}

const LIB64 = ['lib64', 'lib'];
const always =
  (...names: readonly string[]) =>
  () =>
    names;
const byOrder =
  (little: string, big: string) =>
  ({ isLittleEndian }: ElfAbi) => [isLittleEndian ? little : big];

const ARM_HARD = 0x400;
const ARM_SOFT = 0x200;
const MIPS_N32 = 0x20;
const RISCV_FLOAT_DOUBLE = 0x4;

const mipsTriplet = ({ is64, isLittleEndian, flags }: ElfAbi): readonly string[] => {
  const order = isLittleEndian ? 'el' : '';
  if (is64) return [`mips64${order}-linux-gnuabi64`];
  return (flags & MIPS_N32) !== 0 ? [`mips64${order}-linux-gnuabin32`] : [`mips${order}-linux-gnu`];
};

/** By e_machine (System V ABI, "ELF Header", and its registry). */
const MACHINES: Readonly<Record<number, MachineFacts>> = {
  2: { triplets: always('sparc-linux-gnu') },
  3: { triplets: always('i386-linux-gnu'), platform: 'i686' },
  4: { triplets: always('m68k-linux-gnu') },
  8: {
    triplets: mipsTriplet,
    libraries: ({ is64, flags }) => (is64 ? LIB64 : (flags & MIPS_N32) !== 0 ? ['lib32', 'lib'] : ['lib']),
    flags: MIPS_N32 | 0x400,
  },
  15: { triplets: always('hppa-linux-gnu') },
  20: { triplets: always('powerpc-linux-gnu') },
  21: { triplets: byOrder('powerpc64le-linux-gnu', 'powerpc64-linux-gnu'), flags: 3 },
  22: { triplets: ({ is64 }) => [is64 ? 's390x-linux-gnu' : 's390-linux-gnu'] },
  40: {
    triplets: ({ flags }) => {
      if ((flags & ARM_SOFT) !== 0) return ['arm-linux-gnueabi'];
      return (flags & ARM_HARD) !== 0 ? ['arm-linux-gnueabihf'] : ['arm-linux-gnueabihf', 'arm-linux-gnueabi'];
    },
    flags: ARM_HARD | ARM_SOFT,
  },
  42: { triplets: always('sh4-linux-gnu') },
  43: { triplets: always('sparc64-linux-gnu') },
  50: { triplets: always('ia64-linux-gnu'), libraries: always('lib') },
  62: {
    triplets: ({ is64 }) => [is64 ? 'x86_64-linux-gnu' : 'x86_64-linux-gnux32'],
    libraries: ({ is64 }) => (is64 ? LIB64 : ['libx32']),
    platform: 'x86_64',
  },
  183: { triplets: byOrder('aarch64-linux-gnu', 'aarch64_be-linux-gnu'), platform: 'aarch64' },
  243: {
    triplets: ({ is64 }) => [is64 ? 'riscv64-linux-gnu' : 'riscv32-linux-gnu'],
    libraries: ({ is64, flags }) => {
      const bits = is64 ? '64' : '32';
      const abi = `${is64 ? 'lp64' : 'ilp32'}${(flags & RISCV_FLOAT_DOUBLE) !== 0 ? 'd' : ''}`;
      return [`lib${bits}/${abi}`, `lib${bits}`, 'lib'];
    },
    flags: 0xe,
  },
  258: { triplets: always('loongarch64-linux-gnu'), flags: 7 },
  36902: { triplets: always('alpha-linux-gnu'), libraries: always('lib') },
};

export function machineOf(abi: ElfAbi): Machine {
  const facts = MACHINES[abi.machine];
  return {
    triplets: facts?.triplets(abi) ?? [],
    libraries: facts?.libraries?.(abi) ?? (abi.is64 ? LIB64 : ['lib']),
    platform: facts?.platform,
  };
}

/** True where a program can load the library: loaders pass over files that are for others. */
export function isCompatible(program: ElfAbi, library: ElfAbi): boolean {
  if (program.machine !== library.machine || program.is64 !== library.is64) return false;
  if (program.isLittleEndian !== library.isLittleEndian) return false;
  const mask = MACHINES[program.machine]?.flags ?? 0;
  const [a, b] = [program.flags & mask, library.flags & mask];
  return a === b || (program.machine !== 243 && program.machine !== 8 && (a === 0 || b === 0));
}

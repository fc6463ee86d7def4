export { ByteReader } from './byte-reader.js';
export { encodeHeader } from './encode-header.js';
export { type ReadMember, readTar, type TarLimits, type TarRules } from './read-tar.js';
export type { TarKind, TarMember, TarSource } from './tar-member.js';
export { END_BYTES, paddingOf } from './ustar.js';
export { writeTar } from './write-tar.js';

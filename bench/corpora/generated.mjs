import { Random } from './random.mjs';
import { shuffled, textBytes, vocabulary } from './text.mjs';

const MIB = 1024 * 1024;
const ENDINGS = ['js', 'json', 'md', 'ts'];

/** Many small files of text in many directories, three names deep on average. About 5.4 kB of tar for each file. */
function* smallFiles(count, directoryCount, random) {
  const words = vocabulary(random);
  const directories = [''];
  for (let i = 1; i < directoryCount; i++) {
    const parent = directories[random.below(Math.max(1, Math.floor(i / 6)))];
    directories.push(`${parent}d${i.toString(36)}/`);
    yield { directory: directories[i] };
  }
  for (let i = 0; i < count; i++) {
    const path = `${directories[random.below(directoryCount)]}${i.toString(36)}.${ENDINGS[random.below(4)]}`;
    yield { path, pieces: [textBytes(random.size(200, 21_500), words, random)] };
  }
}

/** Stretches of text and tables, and 30 % that is random, in runs of 16 kB to 4 MB. */
function* mixedPieces(size, text, random) {
  for (let left = size; left > 0; ) {
    const length = Math.min(left, random.size(16_384, 4 * MIB));
    yield random.below(10) < 3 ? random.bytes(length) : shuffled(text, length, random);
    left -= length;
  }
}

function* largeFiles(count, totalBytes, random) {
  const text = textBytes(8 * MIB, vocabulary(random), random);
  const size = Math.floor(totalBytes / count);
  for (let i = 0; i < count; i++) yield { path: `data-${i}.bin`, pieces: mixedPieces(size, text, random) };
}

/** Already compressed data, as archives and pictures are: nothing repeats. */
function* compressedFiles(count, totalBytes, random) {
  const size = Math.floor(totalBytes / count);
  for (let i = 0; i < count; i++) yield { path: `archive-${i}.zst`, pieces: [random.bytes(size)] };
}

/**
 * The files of a corpus, in the order in which they are made: `directory` with a "/" at its end, or `path` with `pieces`,
 * which have to be taken before the next file is asked for. The count of files is exact, that of bytes to some percent.
 * @param kind S, B or Z @param scale 1 for the whole, 0.1 for a tenth, 10 for ten times the work
 */
export function generatedFiles(kind, scale) {
  switch (kind) {
    case 'S':
      return smallFiles(Math.round(50_000 * scale), Math.max(1, Math.round(8_000 * scale)), new Random(1));
    case 'B':
      return largeFiles(10, 1_000_000_000 * scale, new Random(2));
    case 'Z':
      return compressedFiles(20, 500_000_000 * scale, new Random(3));
    default:
      throw new Error(`no corpus is called ${kind}`);
  }
}

/** Other contents for a file of S or B, of the same kind: what an edit leaves. @param seed another for each edit */
export function* otherContents(kind, size, seed) {
  const random = new Random(1_000 + seed);
  const words = vocabulary(random);
  if (kind === 'S') yield textBytes(size, words, random);
  else yield* mixedPieces(size, textBytes(8 * MIB, words, random), random);
}

const SYLLABLES = 'ba be ca co da de fi fo ga ge ha in ka la le ma mi no on pa po re ri sa se ta ti un va wi'.split(
  ' ',
);
const VOCABULARY = 4_000;

/** Words, the shorter ones more common, as people and programmers write them. */
export function vocabulary(random) {
  return Array.from({ length: VOCABULARY }, () => {
    const count = 1 + random.below(4);
    return Array.from({ length: count }, () => SYLLABLES[random.below(SYLLABLES.length)]).join('');
  });
}

/** Few words often, most of them rarely, as in Zipf's law: the rank is a random share of the list, cubed. */
function word(words, random) {
  const share = random.word() / 2 ** 32;
  return words[Math.floor(share * share * share * words.length)];
}

function line(words, random) {
  const indent = '  '.repeat(random.below(4));
  switch (random.below(5)) {
    case 0:
      return `${indent}// ${word(words, random)} ${word(words, random)} ${word(words, random)} ${word(words, random)}.`;
    case 1:
      return `${indent}const ${word(words, random)} = ${word(words, random)}(${word(words, random)}, ${random.below(1000)});`;
    case 2:
      return `${indent}"${word(words, random)}": "${word(words, random)}-${random.word().toString(16)}",`;
    case 3:
      return `${indent}return ${word(words, random)}.${word(words, random)}(${word(words, random)});`;
    default:
      return `${indent}if (${word(words, random)} === ${word(words, random)}) ${word(words, random)}.push('${word(words, random)}');`;
  }
}

/** `length` bytes that read, and compress, like source text. */
export function textBytes(length, words, random) {
  const lines = [];
  for (let size = 0; size < length; ) {
    const next = `${line(words, random)}\n`;
    lines.push(next);
    size += next.length;
  }
  return Buffer.from(lines.join(''), 'latin1').subarray(0, length);
}

/** Stretches of a long text, 40 to 2,040 bytes each, from anywhere in it. */
export function shuffled(text, length, random) {
  const piece = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const run = Math.min(length - at, 40 + random.below(2_000));
    const from = random.below(text.length - run);
    text.copy(piece, at, from, from + run);
    at += run;
  }
  return piece;
}

/** A seeded stream of numbers (xoshiro128**, Blackman and Vigna, 2018): the same corpus on every machine. */
export class Random {
  #state;

  constructor(seed) {
    // splitmix32, so that seeds close to each other give streams that are not.
    let mixed = seed >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
      return (word ^ (word >>> 16)) >>> 0;
    });
  }

  /** 32 random bits. */
  word() {
    const state = this.#state;
    const scrambled = Math.imul(state[1], 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit) {
    return Math.floor((this.word() / 2 ** 32) * limit);
  }

  /** From `least` to `most`, small ones more often: each doubling is as likely as the next. */
  size(least, most) {
    return Math.round(least * (most / least) ** (this.word() / 2 ** 32));
  }

  /** Bytes that no compressor makes smaller. */
  bytes(length) {
    const words = new Uint32Array(Math.ceil(length / 4));
    for (let i = 0; i < words.length; i++) words[i] = this.word();
    return Buffer.from(words.buffer, 0, length);
  }
}

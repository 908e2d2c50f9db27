// Random numbers as torch draws them on the CPU, from seeds as wdlesson.data.generator makes them: the same seed gives
// the same data, start and batches here and there.

// ---- The seed: NumPy's SeedSequence ----

const scramble = (x) => (x ^ (x >>> 16)) >>> 0;

/** A hash of 32 bits whose constant moves on at every call. */
function hash(constant, multiplier) {
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    return scramble(Math.imul(mixed, constant));
  };
}

/** The low 32 bits of the seed that `generator(seed, stream)` gives to torch; seed is a whole number below 2³². */
function streamSeed(seed, stream) {
  const words = [seed, ...[...stream].map((letter) => letter.charCodeAt(0))];
  const next = hash(0x43b0d7e5, 0x931e8875);
  const mix = (x, word) => scramble(Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, next(word)));
  const pool = range(0, 3, 4).map((i) => next(words[i] ?? 0));
  for (const from of [0, 1, 2, 3]) for (const to of [0, 1, 2, 3]) if (from !== to) pool[to] = mix(pool[to], pool[from]);
  for (const word of words.slice(4)) for (const to of [0, 1, 2, 3]) pool[to] = mix(pool[to], word);
  const [low, high] = pool.slice(0, 2).map(hash(0x8b51f9dd, 0x58f38ded));
  return ((low >>> 1) | (high << 31)) >>> 0;
}

// ---- The generator: mt19937 ----

class Generator {
  constructor(seed, stream) {
    this.state = new Uint32Array(624);
    this.state[0] = streamSeed(seed, stream);
    for (let i = 1; i < 624; i++) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
    this.used = 624;
  }

  twist() {
    const { state } = this;
    for (let i = 0; i < 624; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.used = 0;
  }

  /** A whole number below 2³². */
  word() {
    if (this.used === 624) this.twist();
    let y = this.state[this.used++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** From [0, 1), in 53 bits. */
  uniform() {
    const high = this.word() & 0x1fffff;
    return (high * 2 ** 32 + this.word()) * 2 ** -53;
  }

  /** torch.randn(count) in float64: sixteen at a time, the last sixteen anew where they don't come out even. */
  normal(count) {
    if (count < 16) return this.fewNormal(count);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = this.uniform();
    for (let i = 0; i + 16 <= count; i += 16) boxMuller(values, i);
    if (count % 16) {
      for (let i = count - 16; i < count; i++) values[i] = this.uniform();
      boxMuller(values, count - 16);
    }
    return values;
  }

  /** Fewer than sixteen come in pairs. */
  fewNormal(count) {
    const values = [];
    while (values.length < count) {
      const [turn, u] = [2 * Math.PI * this.uniform(), this.uniform()];
      const radius = Math.sqrt(-2 * Math.log1p(-u));
      values.push(radius * Math.cos(turn), radius * Math.sin(turn));
    }
    return Float64Array.from(values.slice(0, count));
  }

  /** torch.randperm(n). */
  permutation(n) {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.word() % (n - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

/** Sixteen uniform numbers into sixteen normal ones, in place. */
function boxMuller(values, at) {
  for (let j = at; j < at + 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[j]));
    const turn = 2 * Math.PI * values[j + 8];
    values[j] = radius * Math.cos(turn);
    values[j + 8] = radius * Math.sin(turn);
  }
}

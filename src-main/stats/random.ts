/** A stream of random numbers that is the same on every machine for the same seed. */
export interface Random {
  /** 0..2^32−1 */
  uint32(): number
  /** k · 2^-24 in [0, 1): exact in float32, never subnormal. */
  uniform(): number
}

/**
 * xoshiro128++ 1.0, its 128-bit state filled by SplitMix64 from the seed. Integer arithmetic only, so no platform's
 * `Math` can change a value. Not for secrets.
 * @param seed any safe integer ≥ 0   @throws RangeError for another seed
 * @see D. Blackman, S. Vigna: Scrambled linear pseudorandom number generators, ACM TOMS 47(4), 2021
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`Seed ${seed} is not an integer ≥ 0`)
  const words = splitMix64(BigInt(seed))
  const [low, high] = [words(), words()]
  let s0 = Number(low & 0xffffffffn) | 0
  let s1 = Number(low >> 32n) | 0
  let s2 = Number(high & 0xffffffffn) | 0
  let s3 = Number(high >> 32n) | 0
  const uint32 = () => {
    const result = (rotateLeft((s0 + s3) | 0, 7) + s0) >>> 0
    const shifted = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = rotateLeft(s3, 11)
    return result
  }
  return { uint32, uniform: () => (uint32() >>> 8) * 2 ** -24 }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** SplitMix64: the seeding that the authors of xoshiro recommend. */
function splitMix64(seed: bigint): () => bigint {
  let state = BigInt.asUintN(64, seed)
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let mixed = state
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n)
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
    return mixed ^ (mixed >> 31n)
  }
}

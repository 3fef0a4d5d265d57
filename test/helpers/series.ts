import { seededRandom } from '#stats/random.ts'

/** Series by formula, the same in `test/golden/stats/make.py`. */
export function formulaSeries(name: string, count: number): Float64Array {
  const saw = (i: number) => (i * 7919) % count
  const value: Record<string, (i: number) => number> = {
    ramp: i => 1 + i / count,
    saw: i => 2 + saw(i) / count,
    heavy: i => 1 / (1 - (saw(i) + 0.5) / count) ** 0.5,
    same: () => 0.25,
  }
  const at = value[name]
  if (at === undefined) throw new Error(`No series ${name}`)
  return Float64Array.from({ length: count }, (_, i) => at(i))
}

/** Standard normal numbers (Box–Muller) from a seed. */
export function normals(seed: number, count: number): Float64Array {
  const random = seededRandom(seed)
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()))
    return radius * Math.cos(2 * Math.PI * random.uniform())
  })
}

/** Latencies around 1 ms with 2 % of noise and a level per sample index. */
export function noisySeries(seed: number, count: number, level: (index: number) => number): Float64Array {
  return normals(seed, count).map((noise, i) => level(i) * (1 + 0.02 * noise))
}

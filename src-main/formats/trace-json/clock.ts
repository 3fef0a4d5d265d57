/** A double counts nanoseconds exactly to 104 days around the base. */
const REACH_US = 9_000_000_000_000
/** Microseconds of the epoch since 2001: smaller stamps count from somewhere else. */
const EPOCH_US = 1e15

/** Turns stamps of the file, microseconds with a fraction, into whole nanoseconds since the trace's base. */
export class Clock {
  #baseUs = Number.NaN

  get isSet(): boolean {
    return !Number.isNaN(this.#baseUs)
  }

  /**
   * The base is the earliest of the first stamps, but for those nowhere near the middle one: a single absurd stamp
   * must not put the base where no other can be told from it.
   */
  set(stampsUs: readonly number[]): void {
    const sorted = stampsUs.filter(Number.isFinite).toSorted((a, b) => a - b)
    const middle = sorted[sorted.length >> 1]
    if (middle === undefined) return
    this.#baseUs = sorted.find(stamp => middle - stamp < REACH_US / 2) ?? middle
  }

  /** NaN for a stamp that would not be exact. */
  since(us: number, ns: number): number {
    if (!this.isSet) this.set([us])
    const away = us - this.#baseUs
    return Math.abs(away) < REACH_US ? away * 1000 + ns + 0 : Number.NaN
  }

  /**
   * Unix time of the base, as text.
   * @param offsetNs what the file says its stamps count from, in ns of Unix time
   */
  unixNs(offsetNs: bigint | undefined): string | undefined {
    if (!this.isSet || (offsetNs === undefined && this.#baseUs < EPOCH_US)) return undefined
    return String((offsetNs ?? 0n) + BigInt(this.#baseUs) * 1000n)
  }
}

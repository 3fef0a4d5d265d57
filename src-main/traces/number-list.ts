/** Numbers, one after another, as many as come. */
export class NumberList {
  #values = new Float64Array(16)
  #length = 0

  get length(): number {
    return this.#length
  }

  at(i: number): number {
    return this.#values[i] ?? Number.NaN
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  append(other: NumberList): void {
    for (const value of other.values()) this.push(value)
  }

  /** The numbers themselves, not a copy; valid until the next `push`. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }
}

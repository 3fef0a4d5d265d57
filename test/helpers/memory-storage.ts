import { EngineError } from '../../src-main/domain/errors.ts'
import type { IndexStorage } from '../../src-main/traces/define.ts'

/** The sections of an index in memory. */
export class MemoryStorage implements IndexStorage {
  readonly #sections = new Map<string, { bytes: Uint8Array; size: number }>()

  append(section: string, bytes: Uint8Array): void {
    const known = this.#sections.get(section) ?? { bytes: new Uint8Array(1024), size: 0 }
    this.#sections.set(section, known)
    while (known.bytes.length < known.size + bytes.length) {
      const grown = new Uint8Array(known.bytes.length * 2)
      grown.set(known.bytes)
      known.bytes = grown
    }
    known.bytes.set(bytes, known.size)
    known.size += bytes.length
  }

  read(section: string, byteOffset: number, into: Uint8Array): void {
    const known = this.#sections.get(section)
    if (byteOffset + into.length > (known?.size ?? 0))
      throw new EngineError('FILE_UNREADABLE', `Section ${section} is shorter than it should be`, { where: section })
    if (known) into.set(known.bytes.subarray(byteOffset, byteOffset + into.length))
  }

  size(section: string): number {
    return this.#sections.get(section)?.size ?? 0
  }

  remove(section: string): void {
    this.#sections.delete(section)
  }

  sections(): string[] {
    return [...this.#sections.keys()].toSorted()
  }

  /** A fault: the section ends early. */
  cut(section: string, size: number): void {
    const known = this.#sections.get(section)
    if (known) known.size = size
  }
}

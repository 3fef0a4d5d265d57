import { StringDecoder } from 'node:string_decoder'

/** Longer lines are cut: a child that prints gigabytes without a line end must not fill our memory. */
const MAX_LINE_CHARS = 16_384

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes are what is removed here
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above; tab stays
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text safe to print in a terminal: escape sequences removed, other control characters shown as U+FFFD, tabs kept. */
function plainText(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '\ufffd')
}

/**
 * Bytes of a child to lines. Ends at LF, CRLF or CR (progress bars); bytes that are not UTF-8 become U+FFFD;
 * a line beyond MAX_LINE_CHARS is cut and says by how much. Empty lines are kept.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (text: string) => void
  #rest = ''
  #cutChars = 0
  #afterCr = false

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk))
  }

  /** The last line, when the stream ended without a line end. */
  end(): void {
    this.#take(this.#decoder.end())
    if (this.#rest !== '' || this.#cutChars > 0) this.#emit()
  }

  #take(text: string): void {
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code !== 10 && code !== 13) {
        this.#afterCr = false
        continue
      }
      if (code === 10 && this.#afterCr) {
        this.#afterCr = false
        from = at + 1
        continue // the LF of a CRLF
      }
      this.#keep(text.slice(from, at))
      this.#emit()
      from = at + 1
      this.#afterCr = code === 13
    }
    this.#keep(text.slice(from))
  }

  #keep(text: string): void {
    const room = MAX_LINE_CHARS - this.#rest.length
    if (text.length <= room) {
      this.#rest += text
    } else {
      this.#rest += text.slice(0, room)
      this.#cutChars += text.length - room
    }
  }

  #emit(): void {
    const cut = this.#cutChars > 0 ? ` … ${this.#cutChars} more characters cut` : ''
    const line = plainText(this.#rest) + cut
    this.#rest = ''
    this.#cutChars = 0
    this.#onLine(line)
  }
}

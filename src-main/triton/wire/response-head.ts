import { HpackDecoder } from './hpack-decoder.ts'

/** What matters of response headers or trailers. */
export interface ResponseHead {
  status?: number
  grpcStatus?: number
  grpcMessage?: string
}

interface KnownBlock {
  bytes: Buffer
  tableVersion: number
  head: ResponseHead
}

/** Blocks remembered: headers and trailers of a success, as the server writes them, and a spare of each. */
const REMEMBERED = 4

/**
 * Decodes the header blocks of a connection. In a measurement nearly all are one of two: those are recognised by their
 * bytes, as long as the peer's table stayed as it was.
 */
export class HeadReader {
  readonly #decoder = new HpackDecoder()
  readonly #known: KnownBlock[] = []
  #oldest = 0

  /** @throws BrokenHeaders */
  read(block: Buffer, from: number, to: number): ResponseHead {
    const { tableVersion } = this.#decoder
    for (const known of this.#known) {
      if (known.tableVersion === tableVersion && equal(known.bytes, block, from, to)) return known.head
    }
    const head = headOf(this.#decoder.decode(block, from, to))
    // A block that changed the table would change it again: it is not the same the next time.
    if (this.#decoder.tableVersion === tableVersion) {
      this.#known[this.#oldest] = { bytes: Buffer.from(block.subarray(from, to)), tableVersion, head }
      this.#oldest = (this.#oldest + 1) % REMEMBERED
    }
    return head
  }
}

function equal(known: Buffer, block: Buffer, from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let index = 0; index < known.length; index++) if (known[index] !== block[from + index]) return false
  return true
}

function headOf(fields: readonly (readonly [name: string, value: string])[]): ResponseHead {
  const head: ResponseHead = {}
  for (const [name, value] of fields) {
    if (name === ':status') head.status = Number(value)
    else if (name === 'grpc-status') head.grpcStatus = Number(value)
    else if (name === 'grpc-message') head.grpcMessage = percentDecoded(value)
  }
  return head
}

/** gRPC writes bytes outside printable ASCII, and "%", as %XX of UTF-8. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

// The few platform globals that Node, workers and browsers all have. Nothing else exists in the pure rooms.
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(input?: Uint8Array, options?: { stream?: boolean }): string
}
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>
}
interface AbortSignal {
  readonly aborted: boolean
  throwIfAborted(): void
}
interface Blob {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
}
declare const Blob: {
  prototype: Blob
  new (parts?: (Uint8Array | ArrayBuffer | string | Blob)[], options?: { type?: string }): Blob
}

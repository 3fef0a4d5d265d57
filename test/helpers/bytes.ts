import type { ByteSource } from '#formats/define.ts'

/** Bytes in memory as a source that counts what is read of it. */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource & { bytesRead: number } {
  return {
    name,
    size: bytes.length,
    bytesRead: 0,
    async read(offset, length) {
      const part = bytes.slice(offset, offset + length)
      this.bytesRead += part.length
      return part
    },
  }
}

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

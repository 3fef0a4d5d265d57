import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { ByteSource } from './define.ts'

/** Texts of this kind are kilobytes to some megabytes; more would not fit a string. */
const MAX_BYTES = 256 * 2 ** 20
const CHUNK_BYTES = 2 ** 20

/** A whole text, UTF-8, without a byte-order mark. @throws EngineError FORMAT_BROKEN when too large */
export async function readText(source: ByteSource, signal?: AbortSignal): Promise<string> {
  if (source.size > MAX_BYTES) {
    throw new EngineError('FORMAT_BROKEN', `${formatBytes(source.size)} is more than can be read as one text`, {
      where: source.name,
      hint: `Split it: at most ${formatBytes(MAX_BYTES)}.`,
    })
  }
  const decoder = new TextDecoder('utf-8')
  let text = ''
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) {
    signal?.throwIfAborted()
    text += decoder.decode(await source.read(offset, CHUNK_BYTES), { stream: true })
  }
  return text + decoder.decode()
}

/** Lines without their ends (LF, CRLF), numbered from 1. */
export function numberedLines(text: string): { no: number; line: string }[] {
  return text.split('\n').map((line, index) => ({ no: index + 1, line: line.replace(/\r$/, '') }))
}

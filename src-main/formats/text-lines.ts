import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { ByteSource } from './define.ts'

/** Texts of this kind are kilobytes to some megabytes; more would not fit a string. */
const MAX_BYTES = 256 * 2 ** 20
const CHUNK_BYTES = 2 ** 20

/**
 * A whole text, UTF-8, without a byte-order mark.
 * @throws EngineError FORMAT_BROKEN when larger than `maxBytes`
 */
export async function readText(
  source: ByteSource,
  { signal, maxBytes = MAX_BYTES }: { signal?: AbortSignal; maxBytes?: number } = {},
): Promise<string> {
  if (source.size > maxBytes) {
    throw new EngineError('FORMAT_BROKEN', `${formatBytes(source.size)} is more than a file of this kind has`, {
      where: source.name,
      hint: `Split it: at most ${formatBytes(maxBytes)}.`,
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

/** The text from its first line that is neither empty nor a `#` comment. */
export function afterComments(text: string): string {
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end).trim()
    if (line !== '' && !line.startsWith('#')) return text.slice(at)
    if (end < 0) break
    at = end + 1
  }
  return ''
}

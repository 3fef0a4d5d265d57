import type { TraceReader } from '#domain/trace-feed.ts'
import type { Dialect } from './meanings.ts'
import { TraceDocument } from './trace-document.ts'

/**
 * Reads a JSON trace as a stream: memory stays at a few MiB whatever the file's size. What cannot be read is counted
 * (`unread`) with the place of the first; what was mended or assumed is told (`notice`). `source` of a slice is the
 * offset of its event's `{` in the stream.
 * @param dialect undefined: told by what the file holds
 */
export function jsonTraceReader(dialect?: Dialect): TraceReader {
  return {
    from: 'bytes',
    async read(bytes, sink, signal) {
      const document = new TraceDocument(sink, dialect)
      for await (const chunk of bytes) {
        if (signal?.aborted) {
          document.cancel()
          signal.throwIfAborted()
        }
        document.add(chunk)
      }
      document.end()
    },
  }
}

import { gunzipSync } from 'node:zlib'
import { jsonTraceReader } from '#formats/trace-json/read-trace.ts'
import { inChunks, RecordingSink } from './recording-sink.ts'
import { sampleBytes } from './samples.ts'

export const utf8 = (text: string) => new TextEncoder().encode(text)

/** A recorded trace, inflated. */
export function traceBytes(path: string): Uint8Array {
  const bytes = sampleBytes(path)
  return path.endsWith('.gz') ? new Uint8Array(gunzipSync(bytes)) : bytes
}

/** What a reader of JSON traces tells of some bytes. */
export async function readTrace(
  trace: Uint8Array | string,
  { dialect, chunkBytes = 65_536 }: { dialect?: 'kineto' | 'ort' | 'chrome'; chunkBytes?: number } = {},
): Promise<RecordingSink> {
  const sink = new RecordingSink()
  const reader = jsonTraceReader(dialect)
  if (reader.from !== 'bytes') throw new TypeError('a JSON trace is read from bytes')
  await reader.read(inChunks(typeof trace === 'string' ? utf8(trace) : trace, chunkBytes), sink)
  return sink
}

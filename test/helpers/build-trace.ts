import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { TraceReader } from '../../src-main/domain/trace-feed.ts'
import { readHead } from '../../src-main/formats/define.ts'
import { TraceBuilder } from '../../src-main/traces/builder.ts'
import { type OpenIndex, openIndex } from '../../src-main/traces/open-index.ts'
import { openTables } from '../../src-main/workers/table-source.ts'
import { traceFormatOf } from '../../src-main/workers/trace-formats.ts'
import { memorySource } from './bytes.ts'
import { MemoryStorage } from './memory-storage.ts'
import { inChunks } from './recording-sink.ts'

const CHUNK_BYTES = 2 ** 18

/** The whole way of a trace but the worker and the disk: recognised by content, read, indexed in memory. */
export async function buildTrace(path: string): Promise<OpenIndex> {
  const content = new Uint8Array(readFileSync(path))
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? new Uint8Array(gunzipSync(content)) : content
  return indexOf(await readerOf(path, bytes), path, bytes)
}

/** As `buildTrace`, of bytes in memory: JSON only. */
export async function buildTraceOf(bytes: Uint8Array): Promise<OpenIndex> {
  return indexOf(await readerOf('bytes', bytes), 'bytes', bytes)
}

async function readerOf(path: string, bytes: Uint8Array): Promise<TraceReader> {
  const source = memorySource(bytes)
  return traceFormatOf(path, await readHead(source)).read(source)
}

async function indexOf(reader: TraceReader, path: string, bytes: Uint8Array): Promise<OpenIndex> {
  const storage = new MemoryStorage()
  const builder = new TraceBuilder(storage)
  if (reader.from === 'bytes') await reader.read(inChunks(bytes, CHUNK_BYTES), builder)
  else if (reader.from === 'tables') {
    using tables = disposable(openTables(path))
    await reader.read(tables, builder)
  } else throw new TypeError(`${path} must be exported by its own program first`)
  builder.finish()
  return openIndex(storage)
}

function disposable<T extends { close(): void }>(resource: T): T & Disposable {
  return Object.assign(resource, { [Symbol.dispose]: () => resource.close() })
}

// A process of its own for each figure: reads a trace one way, says what that cost and what it found.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { CATEGORY } from '../../../src-main/domain/trace-category.ts'
import { jsonTraceReader } from '../../../src-main/formats/trace-json/read-trace.ts'
import { CountingSink } from './counting-sink.ts'

const CHUNK_BYTES = 2 ** 20
const [path = '', way = 'reader'] = process.argv.slice(2)

async function* chunks() {
  const fd = openSync(path, 'r')
  const memory = new Uint8Array(CHUNK_BYTES)
  for (let read = readSync(fd, memory); read > 0; read = readSync(fd, memory)) yield memory.subarray(0, read)
  closeSync(fd)
}

async function withReader(): Promise<unknown> {
  const sink = new CountingSink()
  const reader = jsonTraceReader('kineto')
  if (reader.from === 'bytes') await reader.read(chunks(), sink)
  return {
    ops: sink.count[CATEGORY.op],
    calls: sink.count[CATEGORY.runtime],
    kernels: (sink.count[CATEGORY.kernel] ?? 0) + (sink.count[CATEGORY.communication] ?? 0),
    kernelNs: sink.totalNs[CATEGORY.kernel],
    communicationNs: sink.totalNs[CATEGORY.communication],
    python: sink.count[CATEGORY.python],
    steps: sink.count[CATEGORY.annotation],
    unread: sink.unreads,
  }
}

async function bytesOnly(): Promise<unknown> {
  let bytes = 0
  for await (const chunk of chunks()) bytes += chunk.length
  return { bytes }
}

const ways: Record<string, () => unknown> = {
  reader: withReader,
  bytes: bytesOnly,
  parse: () => Object.keys(JSON.parse(readFileSync(path, 'utf8'))).length,
}
const before = process.cpuUsage()
const startMs = performance.now()
const found = await ways[way]?.()
const wallMs = performance.now() - startMs
const { user, system } = process.cpuUsage(before)
process.stdout.write(
  JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024, found }),
)

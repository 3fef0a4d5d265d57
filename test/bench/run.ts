/**
 * `npm run bench`: measures what README claims, and prints one Markdown report.
 *
 *   npm run bench                        all of it
 *   npm run bench -- --quick             fewer repeats
 *   npm run bench -- ort-vs-python       only the benches named
 */
import { parseArgs } from 'node:util'
import { formatBytes, formatDuration } from '#domain/display.ts'
import { hostFacts } from '../../src-main/machine/host.ts'
import { sampleLoad } from '../../src-main/machine/load.ts'
import type { Bench } from './define.ts'
import { benchEngineStart } from './engine-start/index.ts'
import { ortVsPython } from './ort-vs-python/index.ts'
import { timelineFrames } from './timeline-frames/index.ts'
import { traceImport } from './trace-import/index.ts'
import { benchTraceIndex } from './trace-index/index.ts'
import { benchTraceNsys } from './trace-nsys/index.ts'
import { traceRead } from './trace-read/index.ts'
import { tritonBench } from './triton/index.ts'

const BENCHES: readonly Bench[] = [
  ortVsPython,
  tritonBench,
  traceRead,
  traceImport,
  { id: 'trace-index', title: 'Index of a trace: building, windows, search', run: benchTraceIndex },
  { id: 'trace-nsys', title: 'Databases of nsys: overview, pages against SQLite', run: benchTraceNsys },
  timelineFrames,
  { id: 'engine-start', title: 'Start: engine, session, page', run: benchEngineStart },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
const unknown = positionals.filter(id => !BENCHES.some(bench => bench.id === id))
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}. There are: ${BENCHES.map(({ id }) => id).join(', ')}.`)
  process.exit(64)
}

const startMs = performance.now()
const before = sampleLoad()
console.log(`# Batchscope benches${values.quick ? ' (quick: fewer repeats, wider spread)' : ''}\n`)
for (const { id, title, run } of BENCHES.filter(bench => positionals.length === 0 || positionals.includes(bench.id))) {
  const say = (text: string) =>
    console.error(`${formatDuration(performance.now() - startMs).padStart(8)}  ${id}: ${text}`)
  // Each as it comes: a bench that fails must not cost the ones before it.
  console.log(`## ${title}\n\n${await run({ quick: values.quick, say })}\n`)
}
console.log(await machineLine())

async function machineLine(): Promise<string> {
  const { cpu, memory, os } = await hostFacts()
  const after = sampleLoad()
  const steal = after.stealShareSince(before)
  return [
    new Date().toISOString().slice(0, 10),
    `${cpu.model}, ${cpu.usableCores} cores${cpu.virtualized === true ? ' (virtual)' : ''}`,
    formatBytes(Number(memory.totalBytes)),
    `${os.name}, kernel ${os.kernel}`,
    `Node ${process.versions.node}`,
    `load ${before.load1?.toFixed(2) ?? 'unknown'} → ${after.load1?.toFixed(2) ?? 'unknown'}`,
    `steal ${steal === undefined ? 'unknown' : `${(steal * 100).toFixed(1)} %`}`,
    `took ${formatDuration(performance.now() - startMs)}`,
  ].join(' · ')
}

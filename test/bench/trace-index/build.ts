// A process of its own for each figure: tells a made trace to a builder over files, and says what that cost.
import { TraceBuilder } from '../../../src-main/traces/builder.ts'
import { IndexFiles } from '../../../src-main/workers/index-files.ts'
import { tellMadeTrace } from './made-trace.ts'

const [folder = '', slices = '1000000'] = process.argv.slice(2)
const storage = new IndexFiles(folder)
const builder = new TraceBuilder(storage)
const startMs = performance.now()
tellMadeTrace(builder, Number(slices))
const toldMs = performance.now()
const peakWhileToldKiB = process.resourceUsage().maxRSS
const manifest = builder.finish()
storage.close()
const finishedMs = performance.now()
process.stdout.write(
  JSON.stringify({
    slices: manifest.slices,
    tellMs: toldMs - startMs,
    finishMs: finishedMs - toldMs,
    cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    peakWhileToldKiB,
    peakKiB: process.resourceUsage().maxRSS,
  }),
)

/** One measurement in a process of its own: `measure.ts scan-pages|scan-sql|overview DATABASE`, JSON out. */
import type { TableColumn } from '../../../src-main/domain/trace-feed.ts'
import { readNsys } from '../../../src-main/formats/nsys/reader.ts'
import { openTables } from '../../../src-main/workers/table-source.ts'
import { Overview } from './overview.ts'

const COLUMNS: readonly TableColumn[] = ['start', 'end', 'deviceId', 'streamId', 'demangledName']

const [what = '', path = ''] = process.argv.slice(2)
const tables = openTables(path, { pageByPage: what !== 'scan-sql' })
const beforeCpu = process.cpuUsage()
const beforeMs = performance.now()
const figures = what === 'overview' ? await overview() : await scan()
const ms = performance.now() - beforeMs
const { user, system } = process.cpuUsage(beforeCpu)
tables.close()
console.log(
  JSON.stringify({ ...figures, ms, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1000 }),
)

async function scan() {
  let rows = 0
  let totalNs = 0
  await tables.scan('CUPTI_ACTIVITY_KIND_KERNEL', COLUMNS, ([start, end], _, count) => {
    rows += count
    for (let i = 0; i < count; i++) totalNs += (end?.[i] ?? 0) - (start?.[i] ?? 0)
  })
  return { rows, totalNs }
}

async function overview() {
  const sink = new Overview()
  await readNsys(tables, sink)
  const byName = [...sink.names].map(([name, id]) => [name, sink.byName[id] ?? 0])
  return { rows: sink.kernels + sink.calls, totalNs: sink.totalNs, busyNs: sink.busyNs, byName, said: sink.said }
}

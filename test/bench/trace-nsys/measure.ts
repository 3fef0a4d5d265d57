/** One measurement in a process of its own: `measure.ts scan-pages|scan-sql DATABASE`, JSON out. */
import type { TableColumn } from '../../../src-main/domain/trace-feed.ts'
import { openTables } from '../../../src-main/workers/table-source.ts'

const COLUMNS: readonly TableColumn[] = ['start', 'end', 'deviceId', 'streamId', 'demangledName']

const [what = '', path = ''] = process.argv.slice(2)
const tables = openTables(path, { pageByPage: what !== 'scan-sql' })
const beforeCpu = process.cpuUsage()
const beforeMs = performance.now()
let rows = 0
let totalNs = 0
await tables.scan('CUPTI_ACTIVITY_KIND_KERNEL', COLUMNS, ([start, end], _, count) => {
  rows += count
  for (let i = 0; i < count; i++) totalNs += (end?.[i] ?? 0) - (start?.[i] ?? 0)
})
const ms = performance.now() - beforeMs
const { user, system } = process.cpuUsage(beforeCpu)
tables.close()
console.log(JSON.stringify({ rows, totalNs, ms, cpuMs: (user + system) / 1000 }))

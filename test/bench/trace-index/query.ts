// A process of its own: opens an index over files and asks for windows as a timeline does.
import { coarseOf } from '../../../src-main/traces/coarse.ts'
import { openIndex } from '../../../src-main/traces/open-index.ts'
import { windowOf } from '../../../src-main/traces/query-window.ts'
import { findSlices } from '../../../src-main/traces/search.ts'
import { IndexFiles } from '../../../src-main/workers/index-files.ts'
import { seeded } from './made-trace.ts'

const WIDTH_PX = 1600
const STEPS_AT_A_PLACE = 30
/** Of a window that is moved: shorter than the smallest trace. */
const LONGEST_NS = 150e6
const [folder = '', count = '600'] = process.argv.slice(2)
const storage = new IndexFiles(folder)
const openMs = timed(() => openIndex(storage)).ms
const index = openIndex(storage)
const { startNs, endNs, lanes } = index.manifest
const random = seeded(7)
const all = lanes.map(lane => lane.index)
let rows = 0
const windows = Array.from({ length: Number(count) }, () => {
  // Zooms from the whole trace to a few pixels a slice, evenly by scale.
  const length = (endNs - startNs) * 0.00002 ** random()
  const from = startNs + random() * (endNs - startNs - length)
  const query = { startNs: from, endNs: from + length, widthPx: WIDTH_PX, lanes: all }
  const { ms, cpuMs, value } = timed(() => windowOf(index, query))
  rows += value.count.length
  return { ms, cpuMs }
})
const moved = panAndZoom(Number(count))
const ascending = (key: 'ms' | 'cpuMs', among = windows) => among.map(each => each[key]).toSorted((a, b) => a - b)
const find = timed(() => findSlices(index, { text: 'KERNEL_1', exact: false, limit: 10_000 }))
const rare = timed(() => findSlices(index, { text: 'train.py', exact: false, limit: 10_000 }))
const coarse = timed(() => coarseOf(index))
process.stdout.write(
  JSON.stringify({
    openMs,
    windowMs: ascending('ms'),
    windowCpuMs: ascending('cpuMs'),
    movedMs: ascending('ms', moved),
    movedCpuMs: ascending('cpuMs', moved),
    lanes: all.length,
    rowsPerWindow: rows / windows.length,
    findMs: find.ms,
    found: find.value.total,
    rareMs: rare.ms,
    coarseMs: coarse.ms,
    coarseBytes: coarse.value.length,
  }),
)

/**
 * As a person looks around: somewhere new, then a step aside or nearer or further, again and again. Windows are as long
 * whatever the trace is, so that a picture holds as many slices: only the size of the index differs.
 */
function panAndZoom(count: number): { ms: number; cpuMs: number }[] {
  let [from, length] = [0, 0]
  return Array.from({ length: count }, (_, step) => {
    if (step % STEPS_AT_A_PLACE === 0) {
      length = LONGEST_NS * 0.01 ** random()
      from = startNs + random() * (endNs - startNs - length)
    } else if (random() < 0.5) from += (random() < 0.5 ? -0.2 : 0.2) * length
    else {
      const zoomed = Math.min(LONGEST_NS, length * (random() < 0.5 ? 0.8 : 1.25))
      from += (length - zoomed) / 2
      length = zoomed
    }
    from = Math.min(Math.max(from, startNs), endNs - length)
    const query = { startNs: from, endNs: from + length, widthPx: WIDTH_PX, lanes: all }
    return timed(() => windowOf(index, query))
  })
}

function timed<T>(work: () => T): { ms: number; cpuMs: number; value: T } {
  const before = process.cpuUsage()
  const startMs = performance.now()
  const value = work()
  const ms = performance.now() - startMs
  const { user, system } = process.cpuUsage(before)
  return { ms, cpuMs: (user + system) / 1000, value }
}

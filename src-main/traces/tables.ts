import type { OperatorRow, TraceTables, TraceWindow } from '#domain/trace.ts'
import { copyRows } from './copy-rows.ts'
import type { Lane, TraceIndex } from './define.ts'
import { categorySet, durationRows, hasAny } from './duration-rows.ts'
import { kernelRows } from './kernel-rows.ts'
import { lanesHaving } from './lane-categories.ts'
import { operatorRows, TORCH_RULE } from './operators.ts'
import { rangeRows } from './range-rows.ts'
import { eachSlice, type Stretch } from './slice-reader.ts'
import { lanesOfTracks } from './threads.ts'
import { stretchOf } from './windows.ts'

const CALLS = categorySet('runtime', 'sync')
const SYNCS = categorySet('sync')
const OS_CALLS = categorySet('osrt')
const NODES = categorySet('node')
const GRAPHS = categorySet('graph')

/**
 * Every table over one window, rows by total, largest first. A slice belongs to a window it touches, with the part of
 * its length inside. At most 5000 rows a table: what is left is one last row, "(N more names)", so sums stay whole.
 * @param window absent: the whole trace   @param tracks only slices of these; absent: all
 */
export function tablesOf(index: TraceIndex, window?: TraceWindow, tracks?: ReadonlySet<number>): TraceTables {
  const stretch = window === undefined ? undefined : stretchOf(window)
  const lanes = lanesOfTracks(index, tracks)
  const plain = (accepts: Uint8Array) => durationRows(index, lanes, accepts, stretch, row => row)
  return {
    kernels: kernelRows(index, lanes, stretch),
    operators: operatorRows(index, stretch, TORCH_RULE, tracks),
    apiCalls: plain(CALLS),
    copies: copyRows(index, lanes, stretch),
    ranges: rangeRows(index, stretch, tracks),
    syncs: plain(SYNCS),
    osCalls: plain(OS_CALLS),
    nodes: nodeRows(index, lanes, stretch),
    graphs: plain(GRAPHS),
  }
}

/** Operators of the whole trace, rows of one name apart by input shapes: torch's `group_by_input_shape=True`. */
export function operatorsByShape(index: TraceIndex): OperatorRow[] {
  return operatorRows(index, undefined, { ...TORCH_RULE, byShape: true })
}

function nodeRows(index: TraceIndex, lanes: readonly Lane[], stretch: Stretch | undefined): TraceTables['nodes'] {
  const types = nodeTypes(index, lanes)
  return durationRows(index, lanes, NODES, stretch, (row, name): TraceTables['nodes'][number] => {
    const type = index.name(types.get(name) ?? 0)
    return type === '' ? row : { ...row, type }
  })
}

/** Operator type of each node's name: a node has one, the same each time it runs. */
function nodeTypes(index: TraceIndex, lanes: readonly Lane[]): Map<number, number> {
  const types = new Map<number, number>()
  if (!hasAny(index, NODES)) return types
  eachSlice(index, lanesHaving(index, lanes, NODES), undefined, ['name', 'detail'], ({ category, name, detail, i }) => {
    if (NODES[category[i] ?? 0] !== 0 && !types.has(name[i] ?? 0)) types.set(name[i] ?? 0, detail[i] ?? 0)
  })
  return types
}

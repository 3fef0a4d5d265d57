import { copyName, fillName } from '#domain/copy-kind.ts'
import { isCommunicationKernel } from '#domain/device-names.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { NONE } from '#domain/trace-feed.ts'
import { at, durationOf, eachBatch, idOf, isTimed, known, type NsysFeed, PROCESS } from './feed.ts'
import { placesOf } from './places.ts'

/** Where work of a device ran, and what called it. */
const PLACE = {
  start: 'start',
  end: 'end',
  device: 'deviceId',
  context: 'contextId',
  stream: 'streamId',
  scope: { column: 'globalPid', ...PROCESS },
  correlation: 'correlationId',
} as const

const SYNC_NAMES = ['Unknown sync', 'Event sync', 'Stream wait sync', 'Stream sync', 'Context sync']
/** CUPTI's memory kind "Unknown": copies of unified memory say it on both sides. */
const UNKNOWN_KIND = 7

/** Kernels, copies, fills, graphs and synchronisation as devices did them. */
export async function readDeviceWork(feed: NsysFeed): Promise<void> {
  await readKernels(feed)
  await readCopies(feed)
  await readFills(feed)
  await readGraphs(feed)
  await readSyncs(feed)
}

async function readKernels(feed: NsysFeed): Promise<void> {
  const table = 'CUPTI_ACTIVITY_KIND_KERNEL'
  const { sink, strings, tracks } = feed
  const places = placesOf(table)
  const kernels = new Map<number, { name: number; category: number }>()
  const wanted = {
    ...PLACE,
    name: ['demangledName', 'shortName', 'mangledName'],
    gridX: 'gridX',
    gridY: 'gridY',
    gridZ: 'gridZ',
    blockX: 'blockX',
    blockY: 'blockY',
    blockZ: 'blockZ',
    registers: 'registersPerThread',
    staticShared: 'staticSharedMemory',
    dynamicShared: 'dynamicSharedMemory',
  } as const
  await eachBatch(feed, table, wanted, (columns, rowIds, count) => {
    const { start, end, device, context, stream, scope, correlation, name } = columns
    const { gridX, gridY, gridZ, blockX, blockY, blockZ, registers, staticShared, dynamicShared } = columns
    strings.load(name, count)
    for (let i = 0; i < count; i++) {
      const rowId = at(rowIds, i)
      const from = at(start, i)
      const to = at(end, i)
      if (!isTimed(feed, table, rowId, from, to)) continue
      const id = at(name, i)
      let kernel = kernels.get(id)
      if (kernel === undefined) {
        const text = strings.text(id)
        kernel = {
          name: sink.name(text),
          category: isCommunicationKernel(text) ? CATEGORY.communication : CATEGORY.kernel,
        }
        kernels.set(id, kernel)
      }
      sink.slice(
        tracks.ofStream('stream', at(scope, i), at(device, i), at(context, i), at(stream, i)),
        from,
        durationOf(feed, from, to),
        kernel.name,
        kernel.category,
        idOf(at(correlation, i)),
        NONE,
        NONE,
        places + rowId,
      )
      sink.launch(
        at(gridX, i) * at(gridY, i) * at(gridZ, i),
        at(blockX, i) * at(blockY, i) * at(blockZ, i),
        at(registers, i),
        at(staticShared, i) + at(dynamicShared, i),
        Number.NaN,
      )
    }
  })
}

async function readCopies(feed: NsysFeed): Promise<void> {
  const names = new Map<string, number>()
  const wanted = { ...PLACE, bytes: 'bytes', kind: 'copyKind', from: 'srcKind', to: 'dstKind' } as const
  await eachBatch(feed, 'CUPTI_ACTIVITY_KIND_MEMCPY', wanted, (columns, rowIds, count) => {
    tellPlaced(feed, 'CUPTI_ACTIVITY_KIND_MEMCPY', CATEGORY.memcpy, columns, rowIds, count, i => {
      const from = at(columns.from, i)
      const to = at(columns.to, i)
      const isTold = from !== UNKNOWN_KIND || to !== UNKNOWN_KIND
      const key = `${columns.kind[i]}/${from}/${to}`
      return known(names, key, () =>
        feed.sink.name(isTold ? copyName(at(columns.kind, i), from, to) : copyName(at(columns.kind, i))),
      )
    })
  })
}

async function readFills(feed: NsysFeed): Promise<void> {
  const names = new Map<string, number>()
  const wanted = { ...PLACE, bytes: 'bytes', kind: 'memKind' } as const
  await eachBatch(feed, 'CUPTI_ACTIVITY_KIND_MEMSET', wanted, (columns, rowIds, count) => {
    tellPlaced(feed, 'CUPTI_ACTIVITY_KIND_MEMSET', CATEGORY.memset, columns, rowIds, count, i =>
      known(names, String(columns.kind[i]), () => feed.sink.name(fillName(at(columns.kind, i)))),
    )
  })
}

/** One launch of a CUDA graph as a whole: `--cuda-graph-trace=graph`, nsys' default. Its kernels are not recorded. */
async function readGraphs(feed: NsysFeed): Promise<void> {
  const names = new Map<string, number>()
  const wanted = { ...PLACE, graph: 'graphId' } as const
  let graphs = 0
  await eachBatch(feed, 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE', wanted, (columns, rowIds, count) => {
    graphs += count
    tellPlaced(feed, 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE', CATEGORY.graph, columns, rowIds, count, i => {
      const graph = at(columns.graph, i)
      const text = Number.isNaN(graph) ? 'CUDA graph' : `CUDA graph ${graph}`
      return known(names, text, () => feed.sink.name(text))
    })
  })
  if (graphs > 0) {
    feed.tally.add(
      'launches of CUDA graphs were recorded as a whole, without their kernels; capture with --cuda-graph-trace=node to see them',
      graphs,
    )
  }
}

async function readSyncs(feed: NsysFeed): Promise<void> {
  const table = 'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION'
  const { sink, tracks } = feed
  const places = placesOf(table)
  const names = new Map<string, number>()
  const wanted = { ...PLACE, kind: 'syncType' } as const
  await eachBatch(feed, table, wanted, (columns, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const rowId = at(rowIds, i)
      const start = at(columns.start, i)
      const end = at(columns.end, i)
      if (!isTimed(feed, table, rowId, start, end)) continue
      const kind = at(columns.kind, i)
      const text = SYNC_NAMES[kind] ?? `sync type ${kind}`
      sink.slice(
        tracks.ofStream(
          'gpu-sync',
          at(columns.scope, i),
          at(columns.device, i),
          at(columns.context, i),
          at(columns.stream, i),
        ),
        start,
        durationOf(feed, start, end),
        known(names, text, () => sink.name(text)),
        CATEGORY['gpu-sync'],
        idOf(at(columns.correlation, i)),
        NONE,
        NONE,
        places + rowId,
      )
    }
  })
}

type Placed = Readonly<Record<keyof typeof PLACE, Float64Array>> & { readonly bytes?: Float64Array }

function tellPlaced(
  feed: NsysFeed,
  table: 'CUPTI_ACTIVITY_KIND_MEMCPY' | 'CUPTI_ACTIVITY_KIND_MEMSET' | 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
  category: number,
  { start, end, device, context, stream, scope, correlation, bytes }: Placed,
  rowIds: Float64Array,
  count: number,
  nameOf: (i: number) => number,
): void {
  const { sink, tracks } = feed
  const places = placesOf(table)
  for (let i = 0; i < count; i++) {
    const rowId = at(rowIds, i)
    const from = at(start, i)
    const to = at(end, i)
    if (!isTimed(feed, table, rowId, from, to)) continue
    sink.slice(
      tracks.ofStream('stream', at(scope, i), at(device, i), at(context, i), at(stream, i)),
      from,
      durationOf(feed, from, to),
      nameOf(i),
      category,
      idOf(at(correlation, i)),
      NONE,
      NONE,
      places + rowId,
    )
    const moved = bytes === undefined ? Number.NaN : at(bytes, i)
    if (moved >= 0 && moved <= Number.MAX_SAFE_INTEGER) sink.bytes(moved)
    else if (!Number.isNaN(moved)) feed.tally.add('copies have a size out of range; it is left out')
  }
}

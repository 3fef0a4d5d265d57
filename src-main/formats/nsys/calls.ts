import { isWaitingCall } from '#domain/device-names.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { NONE } from '#domain/trace-feed.ts'
import { at, durationOf, eachBatch, idOf, isTimed, type NsysFeed, PROCESS, THREAD } from './feed.ts'
import { type EventTable, placesOf } from './places.ts'
import { UNNAMED } from './string-ids.ts'

const CALL = {
  start: 'start',
  end: 'end',
  scope: { column: 'globalTid', ...PROCESS },
  thread: { column: 'globalTid', ...THREAD },
  correlation: 'correlationId',
  name: ['nameId', 'textId'],
  eventClass: 'eventClass',
} as const

/** Of OSRT_API: system calls. 31 and 32 are the profiler's own marks, which `nsys stats` leaves out too. */
const SYSTEM_CALL = 27

interface CallTable {
  table: EventTable
  /** Kind of track. */
  kind: string
  category: (text: string) => number
  /** Whether `correlationId` means the device work it launched. */
  links?: boolean
  nameOf?: (text: string) => string
}

const always = (category: keyof typeof CATEGORY) => () => CATEGORY[category]

/** Tables of calls by threads. Runtime and driver calls stand in one table, told apart by name alone. */
const CALL_TABLES: readonly CallTable[] = [
  {
    table: 'CUPTI_ACTIVITY_KIND_RUNTIME',
    kind: 'thread',
    category: text => (isWaitingCall(text) ? CATEGORY.sync : CATEGORY.runtime),
    links: true,
    nameOf: apiName,
  },
  { table: 'CUDNN_EVENTS', kind: 'thread', category: always('library') },
  { table: 'CUBLAS_EVENTS', kind: 'thread', category: always('library') },
  { table: 'MPI_P2P_EVENTS', kind: 'mpi', category: always('library') },
  { table: 'MPI_COLLECTIVES_EVENTS', kind: 'mpi', category: always('library') },
  { table: 'MPI_START_WAIT_EVENTS', kind: 'mpi', category: always('library') },
  { table: 'MPI_OTHER_EVENTS', kind: 'mpi', category: always('library') },
  { table: 'OSRT_API', kind: 'osrt', category: always('osrt') },
  { table: 'PROFILER_OVERHEAD', kind: 'overhead', category: always('overhead') },
  { table: 'CUPTI_ACTIVITY_KIND_OVERHEAD', kind: 'overhead', category: always('overhead') },
]

/** CUDA API, cuDNN, cuBLAS, MPI and operating system calls, and what the profiler itself costs. */
export async function readCalls(feed: NsysFeed): Promise<void> {
  for (const table of CALL_TABLES) await readCallTable(feed, table)
}

/** Without the version of its ABI, exactly as `nsys stats` prints it: "cudaMalloc_v3020" → "cudaMalloc". */
export function apiName(text: string): string {
  return text.slice(-6, -4) === '_v' ? text.slice(0, -6) : text
}

async function readCallTable(feed: NsysFeed, { table, kind, category, links, nameOf }: CallTable): Promise<void> {
  const { sink, strings, tracks } = feed
  const places = placesOf(table)
  const calls = new Map<number, { name: number; category: number }>()
  const make = (id: number) => {
    const text = (nameOf === undefined ? strings.text(id) : nameOf(strings.text(id))) || UNNAMED
    return { name: sink.name(text), category: category(text) }
  }
  const isMpi = table.startsWith('MPI_')
  await eachBatch(feed, table, CALL, ({ start, end, scope, thread, correlation, name, eventClass }, rowIds, count) => {
    strings.load(name, count)
    for (let i = 0; i < count; i++) {
      const rowId = at(rowIds, i)
      const from = at(start, i)
      // MPI calls that never came back have no end.
      const to = isMpi && Number.isNaN(at(end, i)) ? from : at(end, i)
      if (!isTimed(feed, table, rowId, from, to)) continue
      const id = at(name, i)
      let call = calls.get(id)
      if (call === undefined) {
        call = make(id)
        calls.set(id, call)
      }
      const isOwn = table === 'OSRT_API' && at(eventClass, i) !== SYSTEM_CALL && !Number.isNaN(at(eventClass, i))
      sink.slice(
        tracks.ofThread(isOwn ? 'overhead' : kind, at(scope, i), at(thread, i)),
        from,
        durationOf(feed, from, to),
        call.name,
        isOwn ? CATEGORY.overhead : call.category,
        links ? idOf(at(correlation, i)) : NONE,
        NONE,
        NONE,
        places + rowId,
      )
    }
  })
}

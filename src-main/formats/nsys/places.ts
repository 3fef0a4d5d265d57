import { EngineError } from '#domain/errors.ts'
import type { TableSource } from '#domain/trace-feed.ts'

/**
 * Where a slice of an nsys database is found again: table number × 2^40 + rowid, exact in a double. Numbers are kept
 * in indexes on disk: add at the end, never reorder.
 */
export const EVENT_TABLES = [
  'CUPTI_ACTIVITY_KIND_KERNEL',
  'CUPTI_ACTIVITY_KIND_MEMCPY',
  'CUPTI_ACTIVITY_KIND_MEMSET',
  'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION',
  'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
  'CUPTI_ACTIVITY_KIND_RUNTIME',
  'CUPTI_ACTIVITY_KIND_OVERHEAD',
  'NVTX_EVENTS',
  'OSRT_API',
  'CUDNN_EVENTS',
  'CUBLAS_EVENTS',
  'PROFILER_OVERHEAD',
  'CUDA_UM_CPU_PAGE_FAULT_EVENTS',
  'CUDA_UM_GPU_PAGE_FAULT_EVENTS',
  'CUDA_GPU_MEMORY_USAGE_EVENTS',
  'GPU_METRICS',
  'COMPOSITE_EVENTS',
  'MPI_P2P_EVENTS',
  'MPI_COLLECTIVES_EVENTS',
  'MPI_START_WAIT_EVENTS',
  'MPI_OTHER_EVENTS',
] as const

export type EventTable = (typeof EVENT_TABLES)[number]

/** Rowids of a table that have a place. */
export const MAX_ROWS = 2 ** 40

/** Add the rowid to it. */
export function placesOf(table: EventTable): number {
  return EVENT_TABLES.indexOf(table) * MAX_ROWS
}

/** "NVTX_EVENTS row 7": for messages. */
export function placeText(source: number): string {
  return `${EVENT_TABLES[Math.floor(source / MAX_ROWS)] ?? 'unknown table'} row ${source % MAX_ROWS}`
}

/** Columns whose number stands for a text in StringIds. */
const TEXT_COLUMN = /(?:nameId|textId|jsonTextId|demangledName|shortName|mangledName|^module|^symbol)$/i

/**
 * Every column of the row a slice came from, in the order of the table: NULLs left out, ids of texts replaced by the
 * text. For the details of one slice.
 * @param source as `TraceSink.slice` was told   @throws EngineError NOT_FOUND when the row is not there any more
 */
export function rowOf(tables: TableSource, source: number): [name: string, value: string][] {
  const table = EVENT_TABLES[Math.floor(source / MAX_ROWS)]
  const rowId = source % MAX_ROWS
  const row =
    table !== undefined && Number.isSafeInteger(rowId) && tables.tables.has(table)
      ? tables.rows(`SELECT * FROM "${table}" WHERE _rowid_ = ${rowId}`)[0]
      : undefined
  if (row === undefined) {
    throw new EngineError('NOT_FOUND', 'The row of this slice is not in the database any more', {
      where: placeText(source),
      hint: 'Import the file again.',
    })
  }
  const texts = textsOf(tables, row)
  return Object.entries(row).flatMap(([name, value]) =>
    value === null ? [] : [[name, texts.get(name) ?? String(value)] as [string, string]],
  )
}

function textsOf(tables: TableSource, row: Record<string, string | number | null>): Map<string, string> {
  const texts = new Map<string, string>()
  const columns = tables.tables.get('StringIds') ?? []
  if (!columns.includes('id') || !columns.includes('value')) return texts
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || !TEXT_COLUMN.test(name)) continue
    const text = tables.rows(`SELECT value FROM StringIds WHERE id = ${value}`)[0]?.value
    if (text !== undefined && text !== null) texts.set(name, String(text))
  }
  return texts
}

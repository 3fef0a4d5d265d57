import { EngineError } from '#domain/errors.ts'
import type { TraceReader } from '#domain/trace-feed.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import { openTables } from './table-source.ts'

/** Kernels that are told early: the picture is asked for again and again. */
const MOST_KERNELS = 100

interface Looked {
  overview?: TraceOverview
  /** Why there is none, where one was tried for. */
  whyNot?: string
}

/**
 * What a quick look tells of a database, before it is read. It has the file open for itself, and nothing that happens
 * here keeps the whole from being read.
 */
export async function lookOver(
  { overview }: Extract<TraceReader, { from: 'tables' }>,
  path: string,
  stop: AbortSignal,
): Promise<Looked> {
  if (overview === undefined) return {}
  try {
    const tables = openTables(path)
    try {
      const { kernels, ...others } = await overview(tables, stop)
      return { overview: { ...others, kernels: kernels.slice(0, MOST_KERNELS) } }
    } finally {
      tables.close()
    }
  } catch (thrown) {
    // A stop, or a file that cannot be read at all: the reading of the whole says so.
    if (thrown instanceof EngineError && thrown.code !== 'FORMAT_BROKEN') return {}
    return { whyNot: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

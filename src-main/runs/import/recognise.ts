import type { Format } from '#formats/define.ts'
import { openFileSource } from '../../models/file-source.ts'
import { traceHead } from '../../trace-cache/trace-head.ts'

/** A file that holds a trace, before it is read. */
export interface TraceFile {
  path: string
  format: Format<'trace'>
  bytes: number
  modifiedMs: number
  /** Only this tool can read the file: its reports are exported first. */
  export?: { tool: string; toolVersion?: string }
}

/**
 * What a file's content says it is, inside gzip too; undefined when it is no trace.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, and what the format says of a damaged file
 */
export async function recogniseTrace(path: string, formats: readonly Format[]): Promise<TraceFile | undefined> {
  const source = await openFileSource(path)
  try {
    const head = await traceHead(source)
    const claiming = formats.find(format => format.sniff(head))
    const format = formats.filter(isTraceFormat).find(({ id }) => id === claiming?.id)
    if (format === undefined) return undefined
    const { size: bytes, modifiedMs } = source
    const file = { path, format, bytes, modifiedMs }
    if (head.compressed) return file
    const reader = await format.read(source)
    if (reader.from !== 'export') return file
    const { tool, toolVersion } = reader
    return { ...file, export: { tool, ...(toolVersion === undefined ? {} : { toolVersion }) } }
  } finally {
    await source.close()
  }
}

function isTraceFormat(format: Format): format is Format<'trace'> {
  return format.gives === 'trace'
}

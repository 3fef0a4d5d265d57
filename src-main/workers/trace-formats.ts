import { EngineError } from '#domain/errors.ts'
import type { FileHead, Format } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { TRACE_FORMATS } from '#formats/trace-formats.ts'

/** @throws EngineError FORMAT_UNKNOWN, named for what it is */
export function traceFormatOf(path: string, head: FileHead): Format<'trace'> {
  const format = TRACE_FORMATS.find(({ sniff }) => sniff(head))
  if (format !== undefined) return format
  const named = nameFile(head)
  throw new EngineError(
    'FORMAT_UNKNOWN',
    named === undefined ? 'No format claims this file' : `This is ${named.name}, not a trace`,
    { where: path, ...(named?.hint === undefined ? {} : { hint: named.hint }) },
  )
}

import { EngineError } from '#domain/errors.ts'
import { chromeTrace } from '#formats/chrome-trace.ts'
import type { FileHead, Format } from '#formats/define.ts'
import { kineto } from '#formats/kineto.ts'
import { nameFile } from '#formats/name-file.ts'
import { nsysReport } from '#formats/nsys-report.ts'
import { nsysSqlite } from '#formats/nsys-sqlite.ts'
import { ortProfile } from '#formats/ort-profile.ts'

/** Those of `catalog.ts` that give traces; the catalog itself would load every native library here. */
export const TRACE_FORMATS: readonly Format<'trace'>[] = [kineto, ortProfile, chromeTrace, nsysSqlite, nsysReport]

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

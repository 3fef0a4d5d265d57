import { EngineError } from '#domain/errors.ts'
import { nsysExportArgs } from '../../native-tools/nsys-args.ts'
import { nsysExportProblem } from '../../native-tools/nsys-output.ts'
import { startChild } from '../../native-tools/spawn.ts'
import { scrubExport } from './scrub-export.ts'
import type { ImportQuestion } from './trace-protocol.ts'

export interface ExportOptions {
  nsys: ImportQuestion['nsys']
  /** That wrote the report. */
  toolVersion: string | undefined
  signal: AbortSignal
}

/**
 * A report of Nsight Systems as a database at `output`, made by nsys itself, without the program's environment and output.
 * @throws EngineError TOOL_MISSING, CANCELLED, and what nsys says (`nsysExportProblem`)
 */
export async function exportReport(
  report: string,
  output: string,
  { nsys, toolVersion, signal }: ExportOptions,
): Promise<void> {
  if (nsys === undefined) {
    throw new EngineError('TOOL_MISSING', 'Only nsys can read this report, and it was not found here', {
      where: report,
      hint: `Install Nsight Systems ${toolVersion === undefined ? '' : `${toolVersion} or newer `}(or set its path in Settings), or export the report where it was made: nsys export --type=sqlite FILE`,
    })
  }
  const child = startChild({ argv: [nsys.path, ...nsysExportArgs(report, output)], signal })
  const end = await child.done
  if (end.killed) throw new EngineError('CANCELLED', 'Cancelled')
  if (end.exitCode !== 0) throw nsysExportProblem(end.lastStderr.join('\n'), report, nsys.version)
  scrubExport(output)
}

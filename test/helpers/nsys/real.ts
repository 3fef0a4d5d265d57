import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { captureOutput } from '../../../native-tools/capture-output.ts'
import { nsysCaptureArgs, nsysExportArgs } from '../../../native-tools/nsys-args.ts'
import { NsysOutput, type NsysReport } from '../../../native-tools/nsys-output.ts'
import { startChild } from '../../../native-tools/spawn.ts'
import { NsysCaptureSpec } from '../../../src-main/domain/capture-spec.ts'

const installed = (variable: string, folder: string) => {
  const path = join(process.env[variable] ?? join(homedir(), '.cache', folder), 'usr/lib/nsight-systems/bin/nsys')
  return existsSync(path) ? path : undefined
}

/** Real nsys 2023.4.4 as `install-nsys.sh` unpacks it; `.ci/run` does. Undefined: the tests that need it are skipped. */
export const REAL_NSYS = installed('BATCHSCOPE_NSYS', 'batchscope-nsys')
/** An older one, 2022.4.2 (`install-nsys.sh DEST bookworm`): only for tests of what it cannot open. */
export const OLD_NSYS = installed('BATCHSCOPE_NSYS_OLD', 'batchscope-nsys-2022')
if (REAL_NSYS === undefined) {
  console.warn('Skipped: no real nsys; bash test/helpers/nsys/install-nsys.sh ~/.cache/batchscope-nsys')
}

export interface Profiled {
  exitCode?: number
  signal?: NodeJS.Signals
  report: NsysReport
  /** Percentages in the order they came. */
  percents: number[]
  stdout: string
}

/** Profiles a program for real, into `output`; `interruptAfterMs` sends SIGINT. */
export async function profile(
  spec: { command: string[]; preset?: NsysCaptureSpec['preset'] } & Partial<NsysCaptureSpec>,
  output: string,
  { nsys = REAL_NSYS ?? '', interruptAfterMs }: { nsys?: string; interruptAfterMs?: number } = {},
): Promise<Profiled> {
  const { argv } = nsysCaptureArgs(NsysCaptureSpec.parse({ tool: 'nsys', ...spec }), { version: undefined, output })
  const reading = new NsysOutput()
  const percents: number[] = []
  const stdout: string[] = []
  const child = startChild({
    argv: [nsys, ...argv],
    timeoutMs: 60_000,
    onLine: (stream, text) => {
      const progress = reading.line(stream, text)
      if (progress !== undefined) percents.push(progress.percent)
      else if (stream === 'stdout') stdout.push(text)
    },
  })
  if (interruptAfterMs !== undefined) setTimeout(() => child.interrupt(), interruptAfterMs)
  const { exitCode, signal } = await child.done
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    report: reading.report(),
    percents,
    stdout: stdout.join('\n'),
  }
}

/** Exports a report for real. @returns how nsys ended and what it said */
export function exportReport(report: string, output: string, nsys = REAL_NSYS ?? '') {
  return captureOutput({ argv: [nsys, ...nsysExportArgs(report, output)], timeoutMs: 60_000 })
}

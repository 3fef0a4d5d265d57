import { type ChildEnd, type ChildOptions, startChild } from './spawn.ts'

const MAX_LINES = 20_000

/** A short-lived tool's end with all it printed, lines joined by LF; beyond 20,000 lines the rest is dropped. */
export interface CapturedOutput extends ChildEnd {
  stdout: string
  stderr: string
}

/** Runs a tool to its end and keeps its text. Errors as `startChild`; an exit code is not an error here. */
export async function captureOutput(options: Omit<ChildOptions, 'onLine' | 'ipc'>): Promise<CapturedOutput> {
  const lines: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] }
  const child = startChild({
    ...options,
    onLine: (stream, text) => {
      if (lines[stream].length < MAX_LINES) lines[stream].push(text)
    },
  })
  const end = await child.done
  return { ...end, stdout: lines.stdout.join('\n'), stderr: lines.stderr.join('\n') }
}

import { randomUUID } from 'node:crypto'
import { EngineError } from '#domain/errors.ts'
import { TrtexecLogReader } from '#formats/trtexec/log.ts'
import type { TrtexecEvent, TrtexecRun } from '#formats/trtexec/types.ts'
import { captureOutput } from './capture-output.ts'
import { dockerStopArgv } from './docker.ts'
import { findProgram } from './find-program.ts'
import { startChild } from './spawn.ts'
import { type ContainerPlace, imageOf, type TrtexecProgram, trtexecCommand } from './trtexec-container.ts'
import { trtexecError } from './trtexec-error.ts'

export interface TrtexecJob {
  program: TrtexecProgram
  args: readonly string[]
  /** Folders a container needs to see, absolute: those it reads, those it writes. */
  reads: readonly string[]
  writes: readonly string[]
}

export interface TrtexecTalk {
  /** Lines as they are printed, safe to show. */
  onLine(stream: 'stdout' | 'stderr', text: string): void
  onEvent(event: TrtexecEvent): void
  /** What the whole log told, also of a run that failed; not of one that was cancelled. */
  onRun?(run: TrtexecRun): void
}

export interface TrtexecEnd {
  /** What was started, word by word. */
  argv: string[]
  run: TrtexecRun
  elapsedMs: number
}

/**
 * Runs trtexec to its end and reads its log while it prints. A cancel or the time limit ends its whole tree, within a second.
 * @throws EngineError what trtexec failed of, with cause and way out; TIMEOUT; TOOL_MISSING; the reason of `signal`
 */
export async function runTrtexec(
  job: TrtexecJob,
  talk: TrtexecTalk,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<TrtexecEnd> {
  signal.throwIfAborted()
  const place = containerPlace(job)
  const argv = trtexecCommand(job.program, job.args, place)
  const reader = new TrtexecLogReader()
  const startedMs = performance.now()
  const child = startChild({
    argv,
    signal,
    timeoutMs,
    onLine(stream, text) {
      talk.onLine(stream, text)
      for (const event of reader.line(stream, text)) talk.onEvent(event)
    },
  })
  const end = await child.done
  // What docker runs is no descendant of ours: it outlives the client that was ended.
  if (end.killed && place !== undefined) await captureOutput({ argv: dockerStopArgv(place.docker, place.name) })
  signal.throwIfAborted()
  const { exitCode, signal: killedBy } = end
  const log = reader.end({
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(killedBy === undefined ? {} : { signal: killedBy }),
  })
  const [run] = log.runs
  talk.onRun?.(run)
  if (end.timedOut) throw tooLong(run, timeoutMs)
  if (run.outcome !== 'passed' && run.outcome !== 'waived') throw trtexecError(run, end)
  if (run.commandLine === undefined) throw notItsWords(job, end.lastStderr)
  return { argv, run, elapsedMs: performance.now() - startedMs }
}

function containerPlace({ program, reads, writes }: TrtexecJob): ContainerPlace | undefined {
  if (imageOf(program) === undefined) return undefined
  const ids = process.getuid && process.getgid ? { user: `${process.getuid()}:${process.getgid()}` } : {}
  return {
    docker: findProgram({ names: ['docker'] }),
    name: `batchscope-trtexec-${randomUUID().slice(0, 8)}`,
    reads,
    writes,
    ...ids,
  }
}

function tooLong({ phases }: TrtexecRun, timeoutMs: number): EngineError {
  const at = phases.at(-1)
  const where = at === undefined ? 'before it printed anything of its work' : `in its phase "${at}"`
  return new EngineError('TIMEOUT', `trtexec did not end within ${timeoutMs / 1000} s and was ended ${where}`, {
    hint: 'A build of a large model may take long and be silent: raise the time limit.',
  })
}

function notItsWords({ program }: TrtexecJob, lastStderr: readonly string[]): EngineError {
  return new EngineError('TOOL_FAILED', 'The program ended well, but what it printed is no log of trtexec', {
    where: program,
    hint: 'It may be another program of that name: check its path in Settings.',
    ...(lastStderr.length === 0 ? {} : { detail: lastStderr.join('\n') }),
  })
}

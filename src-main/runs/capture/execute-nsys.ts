import { rm } from 'node:fs/promises'
import type { NsysCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import { nsysCaptureArgs } from '../../../native-tools/nsys-args.ts'
import { NsysOutput, type NsysProgress } from '../../../native-tools/nsys-output.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { type ChildEnd, startChild } from '../../../native-tools/spawn.ts'
import { hostFacts } from '../../machine/host.ts'
import type { RunSink } from '../define.ts'
import { readTraceInto } from '../keep-trace.ts'
import { BoundedLog } from './bounded-log.ts'
import type { CaptureContext } from './context.ts'
import { addedEnvironment, secretsRemoved, withoutSecrets } from './environment.ts'
import { outputPath } from './output-path.ts'
import { capturePassport, withEnd } from './passport.ts'
import type { NsysWorld } from './world.ts'

export interface NsysWork {
  spec: NsysCaptureSpec
  world: NsysWorld
  /** Path of nsys. */
  nsys: string
  command: string
  context: CaptureContext
}

/** Runs the program under nsys, then reads the report into the run. How the program ended does not fail the capture. */
export async function executeNsys(work: NsysWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, world, nsys, command, context } = work
  const { abilities } = world
  const { version } = world.nsys
  const wanted = outputPath(spec.output, '.nsys-rep', sink)
  const { argv } = nsysCaptureArgs(spec, { version, output: wanted, ...(abilities === undefined ? {} : { abilities }) })
  const clean = secretsRemoved(spec)
  const startedAt = new Date().toISOString()
  sink.progress({ phase: 'nsys starts the program' })
  const { output, end } = await runNsys([nsys, ...argv], spec, sink, clean, signal)
  const { path, rawPath, notices, problem } = output.report()
  const passport = capturePassport({
    cli: command,
    argv: [nsys, ...argv].map(clean),
    app: context.app,
    host: await hostFacts(gpuFacts),
    runtime: { 'nsys.version': version ?? 'unknown', 'nsys.path': nsys },
    method: { tool: 'Nsight Systems', ...endFacts(end, sink), ...(path === undefined ? {} : { file: path }) },
    startedAt,
  })
  sink.passport(withEnd(passport, {}))
  for (const text of notices) sink.notice({ level: 'warning', text: `${text}.` })
  if (path === undefined && sink.stop.aborted) throw stoppedTooEarly(rawPath)
  if (path === undefined) throw problem === undefined ? noReport(rawPath) : withoutSecrets(problem, clean)
  sayHowItEnded(end, sink)
  await readTraceInto(sink, path, signal, context)
}

async function runNsys(
  argv: readonly string[],
  spec: NsysCaptureSpec,
  sink: RunSink,
  clean: (text: string) => string,
  signal: AbortSignal,
): Promise<{ output: NsysOutput; end: ChildEnd }> {
  const output = new NsysOutput()
  const log = new BoundedLog((stream, text) => sink.log(stream, text), clean)
  const child = startChild({
    argv,
    env: addedEnvironment(spec),
    signal,
    ...(spec.workingFolder === undefined ? {} : { cwd: spec.workingFolder }),
    onLine(stream, text) {
      const progress = output.line(stream, text)
      if (progress === undefined) log.add(stream, text)
      else sink.progress(shown(progress))
    },
  })
  const interrupt = () => {
    sink.progress({ phase: 'stopping: nsys writes its report' })
    child.interrupt()
  }
  if (sink.stop.aborted) interrupt()
  sink.stop.addEventListener('abort', interrupt, { once: true })
  if (spec.durationSec === undefined) sink.progress({ phase: 'the program runs under nsys' })
  else sink.progress({ phase: `the program runs under nsys for ${spec.durationSec} s` })
  try {
    const end = await child.done
    if (signal.aborted) await removeRaw(output)
    signal.throwIfAborted()
    return { output, end }
  } finally {
    sink.stop.removeEventListener('abort', interrupt)
    log.close()
  }
}

/** A killed nsys leaves its raw recording in the system's folder for temporary files. */
async function removeRaw(output: NsysOutput): Promise<void> {
  const { rawPath } = output.report()
  if (rawPath !== undefined) await rm(rawPath, { force: true })
}

function shown({ phase, percent, step }: NsysProgress) {
  if (phase === 'collect') return { phase: 'the program runs under nsys' }
  return { phase: `nsys writes its report${step === undefined ? '' : ` (${step})`}`, fraction: percent / 100 }
}

function sayHowItEnded({ exitCode, signal }: ChildEnd, sink: RunSink): void {
  if (sink.stop.aborted) {
    sink.notice({ level: 'info', text: 'Stopped early: the trace holds what was recorded until then.' })
  } else if (exitCode !== 0) {
    sink.notice({
      level: 'warning',
      text: `The program ended with ${exitCode === undefined ? signal : `exit code ${exitCode}`}.`,
    })
  }
}

/** nsys exits as the program did. */
function endFacts({ exitCode }: ChildEnd, { stop }: RunSink): Facts {
  return { stoppedEarly: stop.aborted, ...(exitCode === undefined ? {} : { exitCode }) }
}

function stoppedTooEarly(rawPath: string | undefined): EngineError {
  return new EngineError('TOOL_FAILED', 'It was stopped before nsys had enough for a report', {
    ...(rawPath === undefined ? {} : { where: rawPath }),
    hint: 'Let the program run for some seconds before stopping.',
  })
}

function noReport(rawPath: string | undefined): EngineError {
  return new EngineError('TOOL_FAILED', 'nsys ended without a report', {
    ...(rawPath === undefined ? {} : { where: rawPath }),
    hint: 'Run the same command in a terminal to see more; `nsys status -e` checks the system.',
  })
}

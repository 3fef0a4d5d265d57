import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import { hintOf } from '#formats/trtexec/hints.ts'
import { readLayerInfo } from '#formats/trtexec/layer-info.ts'
import { layerTable } from '#formats/trtexec/layer-table.ts'
import type { TrtexecEvent, TrtexecRun } from '#formats/trtexec/types.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import type { TrtexecTalk } from '../../../native-tools/run-trtexec.ts'
import { type BuiltEngine, buildEngine, type EngineJob } from '../../../native-tools/trtexec-engine.ts'
import { isTestDouble, phaseWords } from '../../../native-tools/trtexec-facts.ts'
import { hintWords } from '../../../native-tools/trtexec-hints.ts'
import { TrtexecLogFilter } from '../../../native-tools/trtexec-log-filter.ts'
import { hostFacts } from '../../machine/host.ts'
import { BoundedLog } from '../capture/bounded-log.ts'
import type { RunSink } from '../define.ts'
import { buildPassport, withEngine, withRun } from './passport.ts'

/** Tactics are told hundreds of times a second. */
const PROGRESS_EVERY_MS = 250

export interface BuildWork {
  job: EngineJob
  /** Equal CLI command. */
  command: string
  app: { version: string; commit: string }
}

/** Builds the engine and keeps what is to be known of it: passport, layers, warnings. @throws EngineError as `buildEngine` */
export async function executeBuild(work: BuildWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { job, command, app } = work
  sink.progress({ phase: 'reading the machine' })
  const passport = buildPassport({ job, cli: command, app, host: await hostFacts(gpuFacts) })
  sink.passport(passport)
  const bounded = new BoundedLog(
    (stream, text) => sink.log(stream, text),
    text => text,
  )
  const filter = new TrtexecLogFilter((stream, text) => bounded.add(stream, text))
  const limits = { signal, timeoutMs: job.spec.timeoutMs }
  sink.progress({ phase: 'starting trtexec' })
  try {
    const built = await buildEngine(
      job,
      { ...buildTalk(sink, filter), onRun: run => tellRun(run, passport, sink) },
      limits,
    )
    tellEngine(built, job, passport, sink)
  } finally {
    filter.close()
    bounded.close()
  }
}

/** How far a build is nobody knows: phases, and what was timed so far. */
function buildTalk(sink: RunSink, filter: TrtexecLogFilter): Pick<TrtexecTalk, 'onLine' | 'onEvent'> {
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    onLine: (stream, text) => filter.add(stream, text),
    onEvent(event: TrtexecEvent) {
      const phase = phaseWords(event)
      const nowMs = performance.now()
      if (phase === undefined || (event.type === 'tactics' && nowMs - toldMs < PROGRESS_EVERY_MS)) return
      toldMs = nowMs
      sink.progress({ phase })
    },
  }
}

/** Also of a build that failed: on what it ran and what it warned of. */
function tellRun(run: TrtexecRun, passport: ReturnType<typeof buildPassport>, sink: RunSink): void {
  sink.passport(withRun(passport, run))
  for (const hint of run.hints) {
    const { level, text } = hintWords(hint)
    sink.notice({ level, text })
  }
  const others = run.messages.filter(
    ({ severity, fromTensorRt, text }) => severity === 'W' && fromTensorRt && hintOf(text) === undefined,
  )
  const [first] = others
  if (first !== undefined) {
    const count = others.length === 1 ? 'once more' : `of ${others.length} other things`
    sink.notice({ level: 'info', text: `TensorRT warned ${count}, as the log has it: ${first.text.slice(0, 200)}` })
  }
  if (isTestDouble(run)) {
    sink.notice({
      level: 'warning',
      text: 'Played by the test double of trtexec: no engine was built, every figure is made up.',
    })
  }
}

function tellEngine(
  built: BuiltEngine,
  job: EngineJob,
  passport: ReturnType<typeof buildPassport>,
  sink: RunSink,
): void {
  const { run, bytes } = built
  const { builtSeconds, timingCache } = run.build
  for (const text of built.notices) sink.notice({ level: 'warning', text })
  sink.passport(withEngine(withRun(passport, run), built))
  tellLayers(built, job, sink)
  sink.describe({
    subtitle: [
      isTestDouble(run) ? 'TEST DOUBLE' : '',
      `TensorRT${run.version === undefined ? '' : ` ${run.version}`}`,
      job.spec.precision,
      formatBytes(bytes),
      builtSeconds === undefined ? '' : `built in ${Number(builtSeconds.toPrecision(3))} s`,
      timingCache?.hit === true ? 'timing cache hit' : '',
    ]
      .filter(Boolean)
      .join(' · '),
  })
}

/** The engine is there and whole: layers that cannot be read cost no more than themselves. */
function tellLayers({ layersJson, path }: BuiltEngine, { files, model, spec }: EngineJob, sink: RunSink): void {
  if (layersJson === undefined) return
  try {
    const engine = readLayerInfo(layersJson, files.layers ?? path)
    const title = `${model.name}, ${spec.precision}`
    const layers = layerTable({ title, info: { engine, from: 'trtexec --exportLayerInfo' } })
    if (layers !== undefined) sink.attach('layers', 'engine', layers)
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    sink.notice({ level: 'warning', text: `The layers of the engine cannot be read: ${thrown.message}` })
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { runTrtexec, type TrtexecTalk } from '../../../native-tools/run-trtexec.ts'
import { type RunExports, runArgs } from '../../../native-tools/trtexec-args.ts'
import { refusedError } from '../../../native-tools/trtexec-engine.ts'
import { phaseWords } from '../../../native-tools/trtexec-facts.ts'
import { TrtexecLogFilter } from '../../../native-tools/trtexec-log-filter.ts'
import { inspectModel } from '../../models/inspect.ts'
import type { BenchResult } from '../../workers/bench-protocol.ts'
import type { MeasureTalk, PointTask } from '../define.ts'
import { engineFor } from './engine.ts'
import { exportsIn, layersOf, queriesOf } from './exports.ts'
import type { TensorRtOptions } from './options.ts'
import { type FoundTrtexec, readyTrtexec } from './program.ts'
import { resultOf } from './result.ts'
import { buildSpecOf, runSpecOf } from './specs.ts'

/** Tactics are told hundreds of times a second. */
const SAY_EVERY_MS = 250
/** Folder of engines beside a session. */
const ENGINES = 'engines'

interface Limits {
  signal: AbortSignal
  /** Of the measured part; a build has a limit of its own. */
  timeoutMs: number
}

/** One point: its engine built or taken from before, then run by trtexec, whose exported samples are the latencies. */
export async function measureOnTensorRt(
  task: PointTask,
  options: TensorRtOptions,
  talk: MeasureTalk,
  limits: Limits,
): Promise<BenchResult> {
  const trtexec = await readyTrtexec(options.trtexec, task.toolPaths)
  const scratch = await mkdtemp(join(tmpdir(), 'batchscope-trtexec-'))
  try {
    return await measureIn(scratch, { task, options, trtexec, talk, limits })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Work {
  task: PointTask
  options: TensorRtOptions
  trtexec: FoundTrtexec
  talk: MeasureTalk
  limits: Limits
}

async function measureIn(scratch: string, { task, options, trtexec, talk, limits }: Work): Promise<BenchResult> {
  const model = await inspectModel(task.modelPath, limits.signal)
  if (model.sha256 !== task.modelSha256) {
    throw new EngineError('MODEL_CHANGED', 'The model file changed since the run was planned', {
      where: model.path,
      hint: 'Start the run again.',
    })
  }
  // Where no session is beside which they could lie, engines are not kept.
  const folder = task.folder === undefined ? scratch : join(task.folder, ENGINES)
  const spec = buildSpecOf(task, options, model, folder)
  const engine = await withTalk(talk, trtexecTalk =>
    engineFor({ trtexec, spec, model, folder }, talk, trtexecTalk, limits.signal),
  )
  const files = exportsIn(scratch)
  const made = runArgs(engine.path, runSpecOf(task, options, model), trtexec.abilities, shownExports(files, options))
  if ('refused' in made) throw refusedError(made.refused)
  for (const text of made.notices) talk.log('app', text)
  talk.say('loading the engine')
  const job = { program: trtexec.program, args: made.argv, reads: [dirname(engine.path)], writes: [scratch] }
  const { argv, run } = await withTalk(talk, trtexecTalk => runTrtexec(job, trtexecTalk, limits)).catch(
    (thrown: unknown) => {
      throw engine.buildMs === undefined ? ofKeptEngine(thrown, engine.path) : thrown
    },
  )
  const times = await queriesOf(files.times, options.warmUpMs, limits.signal)
  const layers = await layersOf(files, `${model.name}, batch ${task.batch}, ${task.precision}`).catch(
    (thrown: unknown) => {
      if (!(thrown instanceof EngineError)) throw thrown
      // The samples are whole: layers that cannot be read cost no more than themselves.
      talk.log('app', `The layers cannot be read: ${thrown.message}`)
      return undefined
    },
  )
  return resultOf({ task, options, model, engine, argv, run, times, layers })
}

/** An engine of an earlier run may be of another machine, or damaged: it is not replaced, so the way out is said. */
function ofKeptEngine(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof EngineError) || !/\bengine\b/i.test(thrown.message)) return thrown
  const hint = 'The engine of an earlier run was used: move it away, and it is built again.'
  return new EngineError(thrown.code, thrown.message, { ...thrown.data, where: path, hint }, { cause: thrown })
}

function shownExports(files: Required<RunExports>, { layers }: TensorRtOptions): RunExports {
  return layers ? files : { times: files.times }
}

/** Lines to the log, bounded, and phases to the progress. */
async function withTalk<T>(talk: MeasureTalk, work: (trtexecTalk: TrtexecTalk) => Promise<T>): Promise<T> {
  const filter = new TrtexecLogFilter((stream, text) => talk.log(stream, text))
  let saidMs = Number.NEGATIVE_INFINITY
  try {
    return await work({
      onLine: (stream, text) => filter.add(stream, text),
      onEvent(event) {
        const phase = phaseWords(event)
        const nowMs = performance.now()
        if (phase === undefined || (event.type === 'tactics' && nowMs - saidMs < SAY_EVERY_MS)) return
        saidMs = nowMs
        talk.say(phase)
      },
    })
  } finally {
    filter.close()
  }
}

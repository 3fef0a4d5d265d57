import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Dtype, Model } from '#domain/model.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { interpreterPath } from '../../../native-tools/interpreters.ts'
import {
  type PythonBench,
  type PythonBenchEnd,
  type PythonBenchRequest,
  pythonBenchArgv,
  runPythonBench,
} from '../../../native-tools/python-bench.ts'
import { inspectModel } from '../../models/inspect.ts'
import { makeInput } from '../../models/tensor-data.ts'
import type { BenchResult } from '../../workers/bench-protocol.ts'
import type { OwnMeasure, PointTask } from '../define.ts'

/** What one latency is, as `loop.py` measures it: the same as `LATENCY_DEFINITION` of the workers. */
const LATENCY =
  'wall time of one synchronous call in Python, from handing over inputs that are already in memory until every output ' +
  'is there and the device has finished; outputs are allocated inside the call and released after the clock has stopped'

export interface PythonPoint extends Pick<PythonBench, 'env' | 'affinity' | 'explain'> {
  task: PointTask
  /** The option `python`. */
  python: string
  library: PythonBenchRequest['library']
  /** The model's file is not what runs: an entry or a torchvision model is. */
  runsOtherThanFile?: boolean
  /** Element type of inputs whose model does not tell. */
  dtype?: Dtype
  options: Record<string, unknown>
  /** What is known of the result only here. */
  finish?: (result: BenchResult, model: Model) => BenchResult
}

/** A point in the user's Python: its inputs are made as for our own workers, written down, and read there. */
export function pythonMeasure(point: PythonPoint): OwnMeasure {
  const { task, python, affinity = '' } = point
  return {
    argv: pythonBenchArgv({
      python: pythonOrName(point),
      request: { ...requestOf(point, madeUp(point)), alone: true },
    }),
    async measure(talk, limits) {
      const interpreter = interpreterPath(python, task.toolPaths?.python)
      const model = await unchangedModel(task)
      const folder = await mkdtemp(join(tmpdir(), 'batchscope-inputs-'))
      try {
        talk.say('making the inputs')
        const inputs = await writeInputs(point, model, folder)
        const { env, explain } = point
        const end = await runPythonBench(
          {
            python: interpreter,
            request: requestOf(point, inputs),
            affinity,
            ...(env === undefined ? {} : { env }),
            ...(explain === undefined ? {} : { explain }),
          },
          talk,
          limits,
        )
        const result = resultOf(end)
        return point.finish?.(result, model) ?? result
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** For a command that is shown or profiled: where there is no Python, the point says so when it is measured. */
function pythonOrName({ python, task }: PythonPoint): string {
  try {
    return interpreterPath(python, task.toolPaths?.python)
  } catch (thrown) {
    if (thrown instanceof EngineError) return python || 'python3'
    throw thrown
  }
}

function madeUp({ task, dtype = 'float32' }: PythonPoint): PythonBenchRequest['inputs'] {
  return Object.entries(task.shapes).map(([name, shape]) => ({ name, dtype, shape, path: '' }))
}

function requestOf({ task, library, runsOtherThanFile, options }: PythonPoint, inputs: PythonBenchRequest['inputs']) {
  const { warmup, minIterations, minDurationMs, maxDurationMs, precision } = task
  return {
    library,
    ...(runsOtherThanFile === true ? {} : { modelPath: task.modelPath }),
    precision,
    inputs,
    rules: { warmup, minCalls: minIterations, minMs: minDurationMs, maxMs: maxDurationMs },
    options,
  } satisfies PythonBenchRequest
}

/** @throws EngineError MODEL_CHANGED, and what reading it throws */
async function unchangedModel({ modelPath, modelSha256 }: PointTask): Promise<Model> {
  const model = await inspectModel(modelPath)
  if (model.sha256 === modelSha256) return model
  throw new EngineError('MODEL_CHANGED', 'The model file is not what it was when this run began', {
    where: modelPath,
    hint: 'Start the benchmark again with the file as it is now.',
  })
}

async function writeInputs(
  { task, dtype = 'float32' }: PythonPoint,
  model: Model,
  folder: string,
): Promise<PythonBenchRequest['inputs']> {
  const written: PythonBenchRequest['inputs'] = []
  for (const [name, shape] of Object.entries(task.shapes)) {
    const spec = model.inputs.find(input => input.name === name) ?? { name, kind: 'tensor' as const, dtype }
    const data = task.data[name] ?? { source: 'random', seed: 0 }
    const content = await makeInput(spec, shape, data, task.batchAxes?.[name])
    const path = join(folder, `${written.length}.bin`) // names are hostile text
    await writeFile(path, bytesOf(content))
    written.push({ name, dtype: content.dtype, shape: [...content.shape], path })
  }
  return written
}

function bytesOf({ data }: TensorContent): Uint8Array {
  if (Array.isArray(data)) return Buffer.from(JSON.stringify(data))
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function resultOf({ done, series }: PythonBenchEnd): BenchResult {
  const { v: _v, type: _type, count: _count, facts, cpuFallback, precision = UNKNOWN, ...figures } = done
  const latenciesMs = series.get('wall')
  if (latenciesMs === undefined) throw new EngineError('INTERNAL', 'The helper told no samples')
  const phases = [...series].filter(([name]) => name !== 'wall')
  return {
    ...figures,
    latenciesMs,
    precision,
    ...(phases.length === 0 ? {} : { phasesMs: Object.fromEntries(phases) }),
    ...(cpuFallback === true ? { flags: ['cpu-fallback'] } : {}),
    runtimeFacts: { ...facts, latency: LATENCY, clock: 'time.perf_counter_ns (monotonic)', garbageCollector: 'on' },
  }
}

import type { Model } from '#domain/model.ts'
import type { PythonFacts } from '../../../native-tools/python-facts.ts'
import { ortError } from '../../workers/ort-errors.ts'
import type { OwnMeasure, PointTask, PrecisionAnswer } from '../define.ts'
import { pythonMeasure } from './measure.ts'
import { namedValues } from './options.ts'
import type { Verdict } from './ready.ts'

/** Options that every ONNX Runtime in Python has, parsed. */
interface OrtPythonChoice {
  python: string
  affinity: string
  intraOpThreads: number
  interOpThreads: number
  graphOptimization: string
  executionMode: string
  memoryPattern: boolean
  memoryArena: boolean
  sessionConfig: string
}

export interface OrtProvider {
  /** ONNX Runtime's name. */
  provider: string
  providerOptions?: Record<string, string>
  deviceId?: number
  /** Inputs and outputs stay on the device. */
  ioBinding?: boolean
  /** Creating a session builds an engine. */
  isCompiler?: boolean
  /** What runs, where it may not be what the file holds. */
  precision?: (asked: string, model: Model) => PrecisionAnswer
  device?: string
  env?: Readonly<Record<string, string>>
}

/** A point on ONNX Runtime in the user's Python. */
export function ortPythonPoint(task: PointTask, choice: OrtPythonChoice, on: OrtProvider): OwnMeasure {
  const { python, affinity, sessionConfig, ...session } = choice
  const { provider, providerOptions = {}, deviceId = 0, ioBinding = false, isCompiler = false, env } = on
  const { intraOpThreads, interOpThreads, graphOptimization, executionMode, memoryPattern, memoryArena } = session
  const shown = { intraOpThreads, interOpThreads, graphOptimization, executionMode, memoryPattern, memoryArena }
  return pythonMeasure({
    task,
    python,
    affinity,
    library: 'onnxruntime',
    options: {
      provider,
      providerOptions,
      deviceId,
      ioBinding,
      isCompiler,
      ...shown,
      sessionConfig: namedValues(sessionConfig),
    },
    ...(env === undefined ? {} : { env }),
    explain: ({ code, message, detail }) =>
      code === 'session-failed' || code === 'call-failed'
        ? ortError(new Error(detail === '' ? message : detail), task.modelPath)
        : undefined,
    finish: (result, model) => ({
      ...result,
      ...ranAs(on.precision?.(task.precision, model)),
      ...(on.device === undefined ? {} : { device: on.device }),
      runtimeFacts: { ...result.runtimeFacts, ...texts(shown), affinity: affinity || 'all' },
    }),
  })
}

function ranAs(answer: PrecisionAnswer | undefined): { precision?: string } {
  return answer !== undefined && 'runs' in answer ? { precision: answer.runs } : {}
}

function texts(values: Record<string, string | number | boolean>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
  )
}

/** What the Python lacks for a provider: the package, the provider in it, or the device. */
export function judgeProvider(
  { onnxruntime, cudaDevices }: PythonFacts,
  provider: string,
  { install, needsCuda = false }: { install: string; needsCuda?: boolean },
): Verdict {
  if (onnxruntime === undefined)
    return { why: 'onnxruntime is not installed for this Python', hint: install, needs: 'onnxruntime' }
  const { version = 'of unknown version', providers, package: name } = onnxruntime
  if (!providers.includes(provider)) {
    return { why: `${name} ${version} has no ${provider}; it has ${providers.join(', ')}`, hint: install }
  }
  if (needsCuda && cudaDevices === 0) {
    return {
      why: `${name} ${version} has ${provider}, but NVIDIA’s driver finds no GPU here`,
      hint: 'Run this on a machine with an NVIDIA GPU and its driver.',
    }
  }
  return { version: `onnxruntime ${version}` }
}

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { ModelRef, TensorSpec } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point } from '#domain/point.ts'
import type { ServerModel, ServerTensor } from '#domain/server.ts'
import { SweepSpec } from '#domain/sweep-spec.ts'
import type { Planned, RunKind } from '../define.ts'
import { withGpuWatch } from '../watch-gpus.ts'
import { sweepCommand, withoutSecrets } from './command.ts'
import { executeSweep } from './execute.ts'
import { planSweep } from './plan.ts'
import { askServer, openSweepServer } from './server-access.ts'

/** What the engine hands to the sweep: rooms of its own floor are met only there. */
export interface SweepContext {
  judge(points: readonly Point[], model: ServerModel): Finding[]
  app: { version: string; commit: string }
}

/** A server's model over URLs × shared memory × batches × load levels: one table of where the milliseconds go. */
export function sweepKind(context: SweepContext): RunKind {
  return {
    id: 'sweep',
    title: 'Sweep',
    heavy: true,
    files(input) {
      const parsed = SweepSpec.safeParse(input)
      if (!parsed.success) return []
      const { inputData, requestIntervalsPath, connection } = parsed.data
      const data = inputData === 'random' || inputData === 'zero' ? undefined : inputData
      const { caPath, certPath, keyPath } = connection.tls ?? {}
      return [data, requestIntervalsPath, caPath, certPath, keyPath].filter(path => path !== undefined)
    },
    kept: input => withoutSecrets(SweepSpec.parse(input)),
    async prepare(input): Promise<Planned> {
      const spec = parseSpec(input)
      try {
        const intervalsUs = await readIntervals(spec.requestIntervalsPath)
        const world = { ...(await askServer(spec)), ...(intervalsUs === undefined ? {} : { intervalsUs }) }
        const sweep = planSweep(spec, world)
        return {
          plan: sweep.plan,
          model: modelRef(world.model),
          execute: (sink, signal) =>
            // Only a server on this machine can use the GPUs that are seen here.
            withGpuWatch(sink, { uses: world.doors.every(({ local }) => local) ? 'maybe' : 'not', signal }, () =>
              executeSweep({ ...context, spec, sweep, world, server: openSweepServer(spec) }, sink, signal),
            ),
        }
      } catch (thrown) {
        if (!(thrown instanceof EngineError)) throw thrown
        return withoutServer(spec, thrown)
      }
    },
  }
}

function parseSpec(input: unknown): SweepSpec {
  const result = SweepSpec.safeParse(input)
  if (result.success) return result.data
  throw new EngineError('SPEC_INVALID', 'The sweep spec is not valid', { detail: z.prettifyError(result.error) })
}

/** A plan that says why the server or a file could not be asked; it cannot be started. */
export function withoutServer(spec: SweepSpec, error: EngineError): Planned {
  const problem: Failure = error.toFailure()
  const { urls } = withoutSecrets(spec)
  const plan: RunPlan = {
    kind: 'sweep',
    title: spec.model,
    subtitle: `${spec.model} on ${urls.join(', ')}`,
    command: sweepCommand(spec),
    pointCount: 0,
    notices: [],
    problems: [problem],
    inputs: [],
    batches: [],
  }
  return { plan, execute: () => Promise.reject(error) }
}

const DTYPES: Readonly<Record<string, TensorSpec['dtype']>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BF16: 'bfloat16',
  BYTES: 'string',
}

export function modelRef({ name, platform, backend, inputs, outputs }: ServerModel): ModelRef {
  return { name, format: platform || backend || 'server', inputs: inputs.map(tensorOf), outputs: outputs.map(tensorOf) }
}

function tensorOf({ name, datatype, shape }: ServerTensor): TensorSpec {
  const dtype = DTYPES[datatype]
  return {
    name,
    kind: 'tensor',
    ...(dtype === undefined ? {} : { dtype }),
    shape: shape.map(size => (size === -1 ? '' : size)),
  }
}

/** One interval in µs a line, as perf_analyzer's `--request-intervals`. */
async function readIntervals(path: string | undefined): Promise<number[] | undefined> {
  if (path === undefined) return undefined
  const lines = (await readText(path)).split('\n').map(line => line.trim())
  const wrong = lines.findIndex(line => line !== '' && !/^\d+(\.\d+)?$/.test(line))
  const intervalsUs = lines.filter(line => line !== '').map(Number)
  if (wrong < 0 && intervalsUs.length > 0) return intervalsUs
  throw new EngineError('DATA_INVALID', 'The file of intervals is not one number a line', {
    where: wrong < 0 ? path : `${path}, line ${wrong + 1}`,
    hint: 'Microseconds to the next request, one a line.',
  })
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      isMissing ? 'The file of intervals does not exist' : 'The file of intervals cannot be read',
      { where: path },
      { cause },
    )
  }
}

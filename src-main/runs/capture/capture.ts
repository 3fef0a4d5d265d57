import { z } from 'zod'
import { CaptureSpec, type NsysCaptureSpec, type OrtCaptureSpec, type TorchCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { inspectModel } from '../../models/inspect.ts'
import { pointChild } from '../bench/bench.ts'
import type { Planned, RunKind } from '../define.ts'
import { withGpuWatch } from '../watch-gpus.ts'
import type { CaptureContext } from './context.ts'
import { keptSpec } from './environment.ts'
import { executeNsys } from './execute-nsys.ts'
import { executeOrt } from './execute-ort.ts'
import { executeTorch } from './execute-torch.ts'
import { planNsys } from './plan-nsys.ts'
import { planOrt } from './plan-ort.ts'
import { planTorch, withSchedule } from './plan-torch.ts'
import { CaptureWorld } from './world.ts'

/** A profiler around a program, and the trace it leaves. */
export function captureKind(context: CaptureContext): RunKind {
  const world = new CaptureWorld(context)
  return {
    id: 'capture',
    title: 'Capture',
    heavy: true,
    stops: true,
    files(input) {
      const parsed = CaptureSpec.safeParse(input)
      return parsed.success ? filesOf(parsed.data) : []
    },
    kept(input) {
      const parsed = CaptureSpec.safeParse(input)
      return parsed.success ? keptSpec(parsed.data) : undefined
    },
    async prepare(input) {
      const parsed = CaptureSpec.safeParse(input)
      if (!parsed.success) {
        throw new EngineError('SPEC_INVALID', 'The capture spec is not valid', {
          detail: z.prettifyError(parsed.error),
        })
      }
      switch (parsed.data.tool) {
        case 'nsys':
          return prepareNsys(parsed.data, world, context)
        case 'torch':
          return prepareTorch(withSchedule(parsed.data), world, context)
        case 'ort':
          return prepareOrt(parsed.data, context)
      }
    },
  }
}

async function prepareNsys(spec: NsysCaptureSpec, world: CaptureWorld, context: CaptureContext): Promise<Planned> {
  const found = await world.nsys(spec.command, spec.workingFolder)
  const plan = planNsys(spec, found)
  return {
    plan,
    async execute(sink, signal) {
      const { path } = found.nsys
      if (path === undefined) throw new Error('a capture without nsys was planned') // a problem of the plan
      await withGpuWatch(sink, { uses: 'maybe', signal }, () =>
        executeNsys({ spec, world: found, nsys: path, command: plan.command, context }, sink, signal),
      )
    },
  }
}

async function prepareTorch(spec: TorchCaptureSpec, world: CaptureWorld, context: CaptureContext): Promise<Planned> {
  const found = await world.torch(spec)
  const plan = planTorch(spec, found)
  return {
    plan,
    async execute(sink, signal) {
      const { python } = found
      if (python === undefined) throw new Error('a capture without Python was planned') // a problem of the plan
      await withGpuWatch(sink, { uses: 'maybe', signal }, () =>
        executeTorch({ spec, python, command: plan.command, context }, sink, signal),
      )
    },
  }
}

async function prepareOrt(spec: OrtCaptureSpec, context: CaptureContext): Promise<Planned> {
  const ids = spec.bench.runtimes.map(({ id }) => id)
  const [model, infos] = await Promise.all([inspectModel(spec.bench.modelPath), context.runtimeInfos(ids)])
  const { plan, step } = planOrt(spec, model, infos)
  return {
    plan,
    model,
    async execute(sink, signal) {
      if (step === undefined) throw new Error('a capture without a point was planned') // a problem of the plan
      const { child } = pointChild(step, { spec: spec.bench, inputs: plan.inputs, model, runtimes: context.runtimes })
      if ('measure' in child) throw new Error('a runtime without a worker was planned') // a problem of the plan
      await executeOrt({ spec, model, child, command: plan.command, context }, sink, signal)
    },
  }
}

/** What a server face checks: everything the spec names that lies on this machine. */
function filesOf(spec: CaptureSpec): string[] {
  const output = spec.output === undefined ? [] : [spec.output]
  switch (spec.tool) {
    case 'nsys':
      return [...output, ...present(spec.workingFolder)]
    case 'torch':
      return [
        ...output,
        ...present(spec.workingFolder),
        ...('path' in spec.target ? [spec.target.path] : []),
        ...(spec.target.kind === 'entry' ? present(spec.target.folder) : []),
      ]
    case 'ort': {
      const { modelPath, data } = spec.bench
      return [...output, modelPath, ...Object.values(data).flatMap(item => (item.source === 'file' ? [item.path] : []))]
    }
  }
}

function present(path: string | undefined): string[] {
  return path === undefined ? [] : [path]
}

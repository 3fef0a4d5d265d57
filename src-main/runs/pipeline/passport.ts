import type { Facts, Passport } from '#domain/passport.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { hostFacts } from '../../machine/host.ts'
import { capturePassport } from '../capture/passport.ts'
import type { PipelineModel } from './compared-model.ts'
import type { PipelineJob } from './execute.ts'
import { stepTitle } from './plan.ts'

/** How a pipeline's files and figures came about; each step's tool is in the table of steps. */
export async function pipelinePassport(
  { spec, command, python, context }: PipelineJob,
  source: PipelineModel,
): Promise<Passport> {
  return capturePassport({
    cli: command,
    argv: ['batchscope', 'pipeline'],
    app: context.app,
    host: await hostFacts(gpuFacts),
    runtime: python === '' ? {} : { python },
    model: modelFacts(source),
    method: {
      steps: spec.steps.map(stepTitle),
      compared: 'one call each with the same inputs, in processes of their own, ONNX Runtime and torch on the CPU',
      equalWhere: '|candidate − base| ≤ atol + rtol · |base| for every element (numpy.allclose, equal_nan=False)',
    },
    startedAt: new Date().toISOString(),
  })
}

function modelFacts(source: PipelineModel): Facts {
  if (source.kind === 'torch') return { module: source.title }
  const { path, sha256, bytes } = source.model
  return { path, sha256, bytes, precision: source.precision }
}

import { basename, dirname, extname } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { StepOf } from '#domain/pipeline-spec.ts'
import { NewModel } from '#domain/repository.ts'
import { printConfig } from '#formats/pbtxt/print.ts'
import { inspectModel } from '../../../models/inspect.ts'
import { draftConfig } from '../../../triton/repository/draft.ts'
import { writeModel } from '../../../triton/repository/write-model.ts'
import type { StepOutcome, StepWork } from '../state.ts'

/** The last ONNX model as a model of a Triton repository, with a configuration of what its file tells. @throws EngineError */
export async function configStep(step: StepOf<'config'>, work: StepWork): Promise<StepOutcome> {
  const model = work.state.onnx.at(-1)?.model
  if (model === undefined)
    throw new EngineError('SPEC_INVALID', 'There is no ONNX model to serve', { hint: 'Put an export step before it.' })
  const name = step.name ?? basename(model.name, extname(model.name)).replace(/[^\w.-]+/g, '_')
  const wanted = NewModel.parse({ name, modelPath: model.path })
  const { config, problems } = await draftConfig(wanted, path => inspectModel(path, work.signal), new Map())
  const broken = problems.find(({ severity }) => severity === 'error')
  if (broken !== undefined) throw new EngineError('CONFIG_INVALID', broken.message, { where: broken.field })
  const repository = step.output ?? dirname(work.place(undefined, 'repository/model'))
  const beside = model.externalData.map(({ path }) => path)
  const written = await writeModel(repository, wanted, printConfig(config), { overwrite: false, beside })
  const path = written.at(-1)
  return {
    tool: 'Batchscope',
    ...(path === undefined ? {} : { path }),
    result: `${name} in ${repository}`,
    notices: problems.map(({ message }) => message),
  }
}

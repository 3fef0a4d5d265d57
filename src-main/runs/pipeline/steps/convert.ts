import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { StepOf } from '#domain/pipeline-spec.ts'
import { makeWithPython } from '../../../../native-tools/python-steps.ts'
import { type OnnxModel, onnxModel } from '../compared-model.ts'
import { writeFeeds } from '../feeds.ts'
import type { StepOutcome, StepWork } from '../state.ts'

/** The first ONNX model in fewer bits, by a tool of the user's interpreter. @throws EngineError */
export async function convertStep(step: StepOf<'convert'>, work: StepWork): Promise<StepOutcome> {
  const { spec, state, python, talk, signal } = work
  const [from] = state.onnx
  if (from === undefined)
    throw new EngineError('SPEC_INVALID', 'There is no ONNX model to convert', {
      hint: 'Put an export step before it.',
    })
  const path = work.place(step.output, `${basename(from.model.name, extname(from.model.name))}.${step.to}.onnx`)
  const folder = await mkdtemp(join(tmpdir(), 'batchscope-convert-'))
  try {
    const calibration = step.calibrate ? (await writeFeeds(from.model, spec.inputs, folder)).paths : {}
    const { to, keepIo, blockedOperators } = step
    const request = {
      action: 'convert',
      input: from.model.path,
      output: path,
      to,
      keepIo,
      blockedOperators,
      calibration,
    }
    const { tool, version, notices } = await makeWithPython(
      python,
      request,
      { phase: phase => talk.phase(`convert to ${to}: ${phase}`), onLine: talk.log },
      signal,
    )
    const model = await onnxModel(path, signal)
    addConverted(work, from, model)
    const sizes = `${formatBytes(from.model.bytes)} → ${formatBytes(model.model.bytes)}`
    return { tool: `${tool} ${version}`, path, result: `${from.precision} → ${model.precision}, ${sizes}`, notices }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What was converted is judged against what it was made from. */
export function addConverted({ state }: StepWork, from: OnnxModel, model: OnnxModel): void {
  state.onnx.push(model)
  state.madeFrom = from
  state.last = model
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError, toFailure } from '#domain/errors.ts'
import { PipelineSpec } from '#domain/pipeline-spec.ts'
import { findProgram, findProgramIfAny } from '../../../native-tools/find-program.ts'
import { stepTools } from '../../../native-tools/python-steps.ts'
import { inspectModel } from '../../models/inspect.ts'
import type { RunKind } from '../define.ts'
import { executePipeline } from './execute.ts'
import { needsPython, type PipelineWorld, planPipeline } from './plan.ts'
import type { PipelineContext } from './state.ts'

/** Export, conversion, correctness, configuration and benchmark of one model, as steps in a row. */
export function pipelineKind(context: PipelineContext): RunKind {
  return {
    id: 'pipeline',
    title: 'Pipeline',
    heavy: true,
    files(input) {
      const parsed = PipelineSpec.safeParse(input)
      return parsed.success ? filesOf(parsed.data) : []
    },
    async prepare(input) {
      const parsed = PipelineSpec.safeParse(input)
      if (!parsed.success) {
        throw new EngineError('SPEC_INVALID', 'The pipeline spec is not valid', {
          detail: z.prettifyError(parsed.error),
        })
      }
      const spec = parsed.data
      const world = needsPython(spec) ? await lookAround(spec, context) : {}
      const plan = planPipeline(spec, world)
      const model =
        plan.problems.length === 0 && spec.source.kind === 'onnx' ? await inspectModel(spec.source.path) : undefined
      return {
        plan,
        ...(model === undefined ? {} : { model }),
        execute: (sink, signal) =>
          executePipeline({ spec, command: plan.command, python: world.python ?? '', context }, sink, signal),
      }
    },
  }
}

async function lookAround({ python: wanted }: PipelineSpec, context: PipelineContext): Promise<PipelineWorld> {
  try {
    const python = wanted === undefined ? await usualPython(context) : interpreterAt(wanted)
    return { python, tools: await stepTools(python) }
  } catch (thrown) {
    if (thrown instanceof EngineError) return { failure: toFailure(thrown) }
    throw thrown
  }
}

/** A name on PATH, an interpreter, or the folder of an environment. @throws EngineError TOOL_MISSING */
function interpreterAt(wanted: string): string {
  const names = ['python3', 'python']
  if (!/[\\/]/.test(wanted) && !existsSync(wanted)) return findProgram({ names: [wanted] })
  const inside = findProgramIfAny({
    names,
    configuredPath: join(wanted, process.platform === 'win32' ? 'Scripts' : 'bin'),
  })
  return inside ?? findProgram({ names, configuredPath: wanted })
}

async function usualPython(context: PipelineContext): Promise<string> {
  const { path, why, hint } = await context.tool('python')
  if (path !== undefined) return path
  throw new EngineError('TOOL_MISSING', why ?? 'Python was not found', {
    hint: hint ?? 'Install Python, or name one with --python.',
  })
}

/** Everything of this machine that the spec names: what a server face checks. */
function filesOf({ source, folder, inputs, steps }: PipelineSpec): string[] {
  return [
    ...('path' in source ? [source.path] : []),
    ...(source.kind === 'entry' && source.folder !== undefined ? [source.folder] : []),
    ...(folder === undefined ? [] : [folder]),
    ...Object.values(inputs.data).flatMap(data => (data.source === 'file' ? [data.path] : [])),
    ...steps.flatMap(step => [
      ...('output' in step && step.output !== undefined ? [step.output] : []),
      ...(step.step === 'correctness' && step.candidate !== undefined ? [step.candidate] : []),
    ]),
  ]
}

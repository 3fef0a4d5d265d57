import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { PipelineSpec, PipelineStep } from '#domain/pipeline-spec.ts'
import { StepArtifact } from '#domain/step-table.ts'
import { artifactOf, type PipelineModel } from './compared-model.ts'

const Entry = z.object({ key: z.string(), tool: z.string().optional(), artifact: StepArtifact })
const Entries = z.array(Entry)
type Entry = z.infer<typeof Entry>

const FILE = 'steps.json'

/** What a step's file depends on, as a hash: the step, and the model it is made from. */
export function stepKey(
  step: PipelineStep,
  from: PipelineModel,
  { torchShapes, torchDtype, inputs }: PipelineSpec,
): string {
  const { output: _, ...wanted } = { output: undefined, ...step }
  const source = from.kind === 'onnx' ? from.model.sha256 : { module: from.module, torchShapes, torchDtype }
  return createHash('sha256')
    .update(JSON.stringify([wanted, source, step.step === 'convert' && step.calibrate ? inputs : null]))
    .digest('hex')
}

/** The file of an earlier run that is what this step would make, if it is there and unchanged. */
export async function keptArtifact(folder: string, key: string): Promise<Entry | undefined> {
  const entry = (await read(folder)).findLast(known => known.key === key)
  if (entry === undefined || !existsSync(entry.artifact.path)) return undefined
  const now = await artifactOf(entry.artifact.path)
  return now.sha256 === entry.artifact.sha256 ? entry : undefined
}

/** Notes what a step made, so that a later run can keep it. */
export async function noteArtifact(folder: string, entry: Entry): Promise<void> {
  await mkdir(folder, { recursive: true })
  const entries = [...(await read(folder)).filter(({ key }) => key !== entry.key), entry]
  const path = join(folder, FILE)
  await writeFile(`${path}.new`, `${JSON.stringify(entries, null, 1)}\n`)
  await rename(`${path}.new`, path)
}

/** Nothing where there is none, or none of ours: the step is then done again. */
async function read(folder: string): Promise<Entry[]> {
  const path = join(folder, FILE)
  if (!existsSync(path)) return []
  try {
    return Entries.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return [] // torn by a crash, or another program's: nothing can be kept by it
  }
}

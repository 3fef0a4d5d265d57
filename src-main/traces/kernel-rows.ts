import { isCommunicationKernel } from '#domain/device-names.ts'
import type { DurationStats, KernelRow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from './define.ts'
import { categorySet, durationRows } from './duration-rows.ts'
import { usesTensorCores } from './kernel-names.ts'
import type { Stretch } from './slice-reader.ts'

const KERNELS = categorySet('kernel', 'communication')

/** Kernels by name. What launches tell (blocks, registers…) is the mean over the whole trace, also in a stretch. */
export function kernelRows(index: TraceIndex, lanes: readonly Lane[], stretch: Stretch | undefined): KernelRow[] {
  const { launchFacts, byCategory } = index.manifest
  const factsOf = new Map(launchFacts.map(facts => [facts.name, facts]))
  const hasCommunication = (byCategory[CATEGORY.communication] ?? 0) > 0
  return durationRows(index, lanes, KERNELS, stretch, (row: DurationStats, name): KernelRow => {
    if (name === 0) return row
    const facts = factsOf.get(name)
    const tensorCores = usesTensorCores(row.name)
    return {
      ...row,
      ...told('blocks', facts?.blocks),
      ...told('threadsPerBlock', facts?.threadsPerBlock),
      ...told('registersPerThread', facts?.registersPerThread),
      ...told('occupancy', facts?.occupancy),
      ...(hasCommunication && isCommunicationKernel(row.name) && { communication: true }),
      ...(tensorCores !== undefined && { tensorCores }),
    }
  })
}

function told<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  const row: { [K in Key]?: number } = {}
  if (value !== undefined && Number.isFinite(value)) row[key] = value
  return row
}

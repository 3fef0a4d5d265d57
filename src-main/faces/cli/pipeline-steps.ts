import { InvalidArgumentError } from 'commander'
import { CONVERSIONS } from '#domain/pipeline-spec.ts'

/** A step as the command line names it. */
export type StepWord =
  | { step: 'export' | 'correctness' | 'config' | 'bench' }
  | { step: 'convert'; to: (typeof CONVERSIONS)[number] }

export interface ExportWords {
  opset?: number
  exporter?: 'auto' | 'dynamo' | 'torchscript'
  fixedBatch?: boolean
}

export interface BenchWords {
  runtime?: string[]
  benchBatch?: number[]
  iterations?: number
  duration?: number
}

const PLAIN = ['export', 'correctness', 'config', 'bench'] as const

/** `export,convert:fp16,correctness`. */
export function parseSteps(text: string): StepWord[] {
  return text.split(',').map(word => {
    const plain = PLAIN.find(step => step === word.trim())
    if (plain !== undefined) return { step: plain }
    const to = CONVERSIONS.find(name => word.trim() === `convert:${name}`)
    if (to !== undefined) return { step: 'convert', to }
    throw new InvalidArgumentError(`"${word}" is no step. Steps: ${PLAIN.join(', ')}, convert:fp16, convert:int8`)
  })
}

import { readFileSync } from 'node:fs'
import type { DoubleVersion } from './scenario.ts'

const MAGIC = 'BATCHSCOPE TEST DOUBLE ENGINE\n'
const BYTES = 300_000

export type Shapes = Record<string, number[]>

/** What an engine of the double remembers: text at its start, then zeros up to a size. */
export interface DoubleEngine {
  version: DoubleVersion
  min: Shapes
  max: Shapes
  precision: string
  verbosity: string
}

export function engineBytes(engine: DoubleEngine): Uint8Array {
  const head = Buffer.from(MAGIC + JSON.stringify(engine))
  return Buffer.concat([head, Buffer.alloc(sizeOf(engine.precision) - head.length)])
}

export function readEngine(path: string): DoubleEngine | undefined {
  const text = readFileSync(path, 'latin1')
  if (!text.startsWith(MAGIC)) return undefined
  return JSON.parse(text.slice(MAGIC.length, text.indexOf('\0')))
}

function sizeOf(precision: string): number {
  if (precision === 'int8' || precision === 'fp8') return BYTES / 4
  return precision === 'fp16' || precision === 'bf16' ? BYTES / 2 : BYTES
}

/** `x:1x3x4,y:2`, names may stand in quotes. */
export function parseShapes(spec: string | undefined): Shapes {
  if (spec === undefined || spec === '') return {}
  return Object.fromEntries(
    spec.split(',').map(part => {
      const at = part.lastIndexOf(':')
      const dims = part.slice(at + 1)
      return [
        part.slice(0, at).replaceAll(/^'|'$/g, ''),
        dims === '' || dims === 'scalar' ? [] : dims.split('x').map(Number),
      ]
    }),
  )
}

export function dims(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('x')
}

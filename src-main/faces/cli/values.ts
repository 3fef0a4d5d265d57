import { InvalidArgumentError } from 'commander'
import type { InputData } from '#domain/bench-spec.ts'

/** Words of the command line to values. Each throws commander's InvalidArgumentError with what was wrong and what is right. */

/** `1,2,4` and perf_analyzer's ranges `8:256:8` (start:end:step, both ends in; step 1 when left out), mixed. */
export function parseIntegers(text: string): number[] {
  const values = text.split(',').flatMap(part => {
    const match = /^(\d+)(?::(\d+)(?::(\d+))?)?$/.exec(part.trim())
    if (match === null) throw new InvalidArgumentError(`"${part}" is not a number or range. Examples: 1,2,4 or 8:256:8`)
    const [, from, to, step] = match
    const start = Number(from)
    if (to === undefined) return [start]
    const by = Number(step ?? 1)
    if (by === 0 || Number(to) < start) throw new InvalidArgumentError(`The range "${part}" does not grow`)
    const count = Math.floor((Number(to) - start) / by) + 1
    if (count > 10_000) throw new InvalidArgumentError(`The range "${part}" has ${count} values`)
    return Array.from({ length: count }, (_, index) => start + index * by)
  })
  return [...new Set(values)]
}

export function parseInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is needed.')
  return Number(text)
}

/** A decimal number, with an exponent where wanted: `1e-3`. */
export function parseNumber(text: string): number {
  if (!/^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text.trim())) throw new InvalidArgumentError('A number is needed.')
  return Number(text)
}

/** `0.485,0.456,0.406`. */
export function parseNumbers(text: string): number[] {
  return text.split(',').map(parseNumber)
}

/** `5s`, `500ms`, `2min`; a bare number is milliseconds, as perf_analyzer's intervals are. @returns ms */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min)?$/.exec(text.trim())
  if (match === null) throw new InvalidArgumentError('A duration is needed. Examples: 500ms, 5s, 2min')
  const unitMs = { ms: 1, s: 1000, min: 60_000 }[match[2] ?? 'ms']
  return Number(match[1]) * (unitMs ?? 1)
}

export function parseNames(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)
}

/** `x:3,48,160`, repeatable. The name may hold colons itself ("input:0:3,224,224"): the last one counts. */
export function collectShape(text: string, before: Record<string, number[]> = {}): Record<string, number[]> {
  const match = /^([\s\S]+):((?:\d+(?:,\d+)*)?)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('A shape looks like INPUT:3,224,224 (without the batch).')
  const [, name = '', dims = ''] = match
  return { ...before, [name]: dims === '' ? [] : dims.split(',').map(Number) }
}

/** `x:0` or `state:-1`, repeatable. */
export function collectAxis(text: string, before: Record<string, number> = {}): Record<string, number> {
  const match = /^([\s\S]+):(-?\d+)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('A batch axis looks like INPUT:0; -1 means the input has none.')
  return { ...before, [match[1] ?? '']: Number(match[2]) }
}

/** `x:random:7`, `x:zeros`, `x:file:data.npy`, or without an input for all: `zeros`. Repeatable. */
export function collectData(text: string, before: Record<string, InputData> = {}): Record<string, InputData> {
  const match = /^(?:([\s\S]+?):)?(random(?::\d+)?|zeros|file:[\s\S]+)$/.exec(text)
  if (match === null)
    throw new InvalidArgumentError('Data looks like INPUT:random:7, INPUT:zeros or INPUT:file:data.npy.')
  const [, name = '*', source = ''] = match
  return { ...before, [name]: inputData(source) }
}

function inputData(source: string): InputData {
  if (source === 'zeros') return { source: 'zeros' }
  if (source.startsWith('file:')) return { source: 'file', path: source.slice('file:'.length) }
  return { source: 'random', seed: Number(source.split(':')[1] ?? 0) }
}

/** A runtime's option: `ort-cpu.intraOpThreads=1`, repeatable; without a runtime it goes to every one ("*"). */
export function collectOption(
  text: string,
  before: Record<string, Record<string, unknown>> = {},
): Record<string, Record<string, unknown>> {
  const match = /^(?:([\w-]+)\.)?(\w+)=([\s\S]*)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('An option looks like ort-cpu.intraOpThreads=1.')
  const [, runtime = '*', name = '', value = ''] = match
  return { ...before, [runtime]: { ...before[runtime], [name]: optionValue(value) } }
}

function optionValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

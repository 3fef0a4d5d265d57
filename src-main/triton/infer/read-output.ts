import type { InferOutput } from '#domain/server.ts'
import type { ResponseTensor } from '../control/client.ts'
import { datatypeOf, decodeBytes, valueReader } from '../data/datatypes.ts'

/** Values shown of an output: enough for a page, few enough for a wire. */
const SHOWN = 256

export interface OutputReading {
  /** Classes of the classification extension were asked for: the output is `score:index[:label]`. */
  isClassified: boolean
  /** Classes to find ourselves, where the server does not classify; 0: none. */
  ownTop: number
  /** The first dimension of outputs is the batch. */
  isBatched: boolean
}

/** An output for people: values as text, their range, the best classes a row. @throws EngineError DATA_INVALID for torn data */
export function readOutput(tensor: ResponseTensor, reading: OutputReading): InferOutput {
  const { name, shape, data } = tensor
  const datatype = datatypeOf(tensor.datatype, name)
  const head = { name, datatype, shape }
  if (datatype === 'BYTES') {
    const texts = decodeBytes(data, name).map(bytes => new TextDecoder('utf-8').decode(bytes))
    const output = { ...head, values: texts.slice(0, SHOWN), count: texts.length }
    const classes = reading.isClassified ? texts.flatMap(text => classOf(text) ?? []) : []
    // Texts that are no classes are texts of the model.
    return classes.length > 0 && classes.length === texts.length ? { ...output, top: rowsOf(classes, shape) } : output
  }
  const { count, number, text } = valueReader(datatype, data, name)
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  let notFinite = 0
  for (let i = 0; i < count; i++) {
    const value = number(i)
    if (!Number.isFinite(value)) notFinite++
    else {
      if (value < minimum) minimum = value
      if (value > maximum) maximum = value
    }
  }
  return {
    ...head,
    values: Array.from({ length: Math.min(count, SHOWN) }, (_, i) => text(i)),
    count,
    ...(notFinite === count ? {} : { minimum, maximum }),
    ...(notFinite === 0 ? {} : { notFinite }),
    ...(reading.ownTop === 0 || count === 0 ? {} : { top: ownTop(number, count, shape, reading) }),
  }
}

interface Scored {
  index: number
  score: number
  label?: string
}

/** `0.806225:1:one`; a label may hold colons itself. */
function classOf(text: string): Scored | undefined {
  const [, score, index, label] = /^([^:]+):(\d+)(?::([\s\S]*))?$/.exec(text) ?? []
  if (score === undefined || index === undefined) return undefined
  return { index: Number(index), score: Number(score), ...(label === undefined ? {} : { label }) }
}

/** The last dimension of a classified output holds a row's classes. */
function rowsOf(classes: readonly Scored[], shape: readonly number[]): Scored[][] {
  const each = Math.max(1, shape.at(-1) ?? 1)
  return Array.from({ length: Math.ceil(classes.length / each) }, (_, row) =>
    classes.slice(row * each, (row + 1) * each),
  )
}

function ownTop(
  number: (index: number) => number,
  count: number,
  shape: readonly number[],
  { ownTop: top, isBatched }: OutputReading,
): Scored[][] {
  const rows = isBatched ? Math.max(1, shape[0] ?? 1) : 1
  const each = count / rows
  return Array.from({ length: rows }, (_, row) => {
    const scored = Array.from({ length: each }, (_, index) => ({ index, score: number(row * each + index) }))
    return scored
      .filter(({ score }) => !Number.isNaN(score))
      .sort((a, b) => b.score - a.score)
      .slice(0, top)
  })
}

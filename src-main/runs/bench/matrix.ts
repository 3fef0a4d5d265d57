import type { BenchSpec, RuntimeChoice } from '#domain/bench-spec.ts'
import type { Failure } from '#domain/errors.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { LeftOut, Notice } from '#domain/run.ts'
import type { PrecisionAnswer, Runtime } from '../../runtimes/define.ts'
import { failure } from './input-shapes.ts'

/** A runtime's own word on a precision; undefined: its list of precisions says it all. */
export type AskRuntime = (choice: RuntimeChoice, precision: string) => PrecisionAnswer | undefined

/** What each runtime itself says of a precision of this model. */
export function askRuntimes(runtimes: readonly Runtime[], model: Model): AskRuntime {
  return ({ id, options }, precision) => {
    const runtime = runtimes.find(known => known.id === id)
    if (runtime === undefined) return undefined
    if (!runtime.models.includes(model.format)) {
      return { why: `it runs ${runtime.models.join(', ')}, not ${model.format}` }
    }
    return runtime.precision?.(precision, model, runtime.options.parse(options))
  }
}

/** A runtime in a precision, as asked. */
export interface MatrixCell {
  runtime: string
  title: string
  precision: string
  /** What it would run as, where that is known. */
  runs?: string
  /** Why it cannot be measured. */
  problem?: Failure
}

/** Every runtime × precision that was asked for, once, in the order of the spec, each judged. */
export function matrixOf(
  spec: Pick<BenchSpec, 'runtimes' | 'precisions'>,
  model: Pick<Model, 'name'>,
  runtimes: readonly RuntimeInfo[],
  ask: AskRuntime,
): MatrixCell[] {
  const cells: MatrixCell[] = []
  for (const choice of spec.runtimes) {
    const runtime = runtimes.find(({ id }) => id === choice.id)
    for (const precision of choice.precisions ?? spec.precisions) {
      if (cells.some(cell => cell.runtime === choice.id && cell.precision === precision)) continue
      const judged = runtime === undefined ? {} : judge(runtime, choice, precision, { model, ask, before: cells })
      cells.push({ runtime: choice.id, title: runtime?.title ?? choice.id, precision, ...judged })
    }
  }
  return cells
}

interface Around {
  model: Pick<Model, 'name'>
  ask: AskRuntime
  before: readonly MatrixCell[]
}

function judge(
  { id, title, precisions, readiness }: RuntimeInfo,
  choice: RuntimeChoice,
  precision: string,
  { model, ask, before }: Around,
): Pick<MatrixCell, 'runs' | 'problem'> {
  const where = { where: id }
  if (!readiness.ready) {
    const { why = 'not available here', hint } = readiness
    return { problem: failure('RUNTIME_UNAVAILABLE', `${title}: ${why}`, { ...where, ...hinted(hint) }) }
  }
  const answer = ask(choice, precision)
  if (answer === undefined) {
    if (precisions.includes(precision)) return precision === 'model' ? {} : { runs: precision }
    const hint = `It runs: ${precisions.join(', ')}`
    return {
      problem: failure('SPEC_INVALID', `${title} can't run ${model.name} in ${precision}`, { ...where, hint }),
    }
  }
  if ('why' in answer) {
    return { problem: failure('SPEC_INVALID', `${title}: ${answer.why}`, { ...where, ...hinted(answer.hint) }) }
  }
  const { runs } = answer
  const same = before.find(cell => cell.runtime === id && cell.runs === runs && cell.problem === undefined)
  if (same === undefined) return { runs }
  return {
    runs,
    problem: failure('SPEC_INVALID', `${title}: ${precision} is what "${same.precision}" runs here`, {
      ...where,
      hint: 'It is measured once.',
    }),
  }
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint }
}

export interface JudgedMatrix {
  /** Cells to measure. */
  possible: MatrixCell[]
  /** Cells that are not, each with its reason, where others are. */
  notices: Notice[]
  /** Names nobody knows, and all reasons where no cell is possible. */
  problems: Failure[]
}

/** With one possible cell, the others are left out and said; with none, nothing can be started. */
export function judgedMatrix(cells: readonly MatrixCell[], runtimes: readonly RuntimeInfo[]): JudgedMatrix {
  const unknown = unknownNames(cells, runtimes)
  const possible = cells.filter(({ problem }) => problem === undefined)
  const out = cells.filter(({ problem }) => problem !== undefined)
  if (unknown.length > 0) return { possible, notices: [], problems: unknown }
  if (possible.length > 0)
    return { possible, notices: out.map(cell => leftOutNotice(cell, cells.indexOf(cell))), problems: [] }
  return { possible, notices: [], problems: withoutRepeats(out.flatMap(({ problem }) => problem ?? [])) }
}

/** A name that stands nowhere is a typing mistake, not something to leave out. */
function unknownNames(cells: readonly MatrixCell[], runtimes: readonly RuntimeInfo[]): Failure[] {
  const ids = new Set(runtimes.map(({ id }) => id))
  const precisions = new Set(runtimes.flatMap(runtime => runtime.precisions))
  const several = new Set(cells.map(({ precision }) => precision)).size > 1
  return withoutRepeats(
    cells.flatMap(({ runtime, precision, problem }) => {
      if (!ids.has(runtime)) {
        const hint = `Known here: ${[...ids].join(', ')}`
        return [failure('RUNTIME_UNAVAILABLE', `There is no runtime ${runtime}`, { where: runtime, hint })]
      }
      if (!several || precisions.has(precision) || problem === undefined) return []
      const hint = `Known here: ${[...precisions].join(', ')}`
      return [failure('SPEC_INVALID', `No runtime knows the precision ${precision}`, { hint })]
    }),
  )
}

function withoutRepeats(problems: readonly Failure[]): Failure[] {
  return problems.filter(({ message }, index) => problems.findIndex(other => other.message === message) === index)
}

function leftOutNotice({ runtime, title, precision, problem }: MatrixCell, place: number): Notice {
  const why = reason(title, problem)
  const hint = problem?.hint
  const leftOut: LeftOut = { runtime, title, precision, place, why, ...hinted(hint) }
  return { level: 'info', text: `${title}, ${precision}: left out. ${[why, hint].filter(Boolean).join('. ')}`, leftOut }
}

/** The problem's sentence without the title that stands beside it. */
export function reason(title: string, problem: Failure | undefined): string {
  const { message = '' } = problem ?? {}
  return message.startsWith(`${title}: `) ? message.slice(title.length + 2) : message
}

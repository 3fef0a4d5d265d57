import type { ComparedTensor, Correctness, TensorDifference } from './correctness.ts'
import type { StepRecord } from './step-table.ts'

/** Words of a verdict, for people. */
export const VERDICT_TITLES = {
  pass: 'within tolerance',
  fail: 'beyond tolerance',
  'cannot-tell': 'cannot tell',
} as const satisfies Record<Correctness['verdict'], string>

export const ABSENT_FIGURE = '–'

interface DifferenceColumn {
  title: string
  /** As measured; absent where it was not. */
  value(difference: TensorDifference): number | string | undefined
  text(difference: TensorDifference): string
}

/** Columns of the table of outputs. */
export const DIFFERENCE_COLUMNS: readonly DifferenceColumn[] = [
  numbers('max abs', ({ maxAbs }) => maxAbs),
  numbers('mean abs', ({ meanAbs }) => meanAbs),
  numbers('max rel', ({ maxRel }) => maxRel),
  numbers('mean rel', ({ meanRel }) => meanRel),
  numbers(
    'cosine',
    ({ cosine }) => cosine,
    cosine => cosine.toFixed(6),
  ),
  {
    title: 'SNR dB',
    value: ({ snrDb }) => snrDb,
    text: ({ snrDb, drift }) => (drift === 0 ? '∞' : (snrDb?.toFixed(1) ?? ABSENT_FIGURE)),
  },
  numbers('top-1', ({ top1 }) => top1, shareText),
  numbers('top-5', ({ top5 }) => top5, shareText),
  {
    title: 'worst at',
    value: ({ worst }) => worst?.index.join(','),
    text: ({ worst }) => (worst === undefined ? ABSENT_FIGURE : `[${worst.index.join(', ')}]`),
  },
]

function numbers(
  title: string,
  value: (difference: TensorDifference) => number | undefined,
  format: (value: number) => string = figure,
): DifferenceColumn {
  return {
    title,
    value,
    text: difference => {
      const found = value(difference)
      return found === undefined ? ABSENT_FIGURE : format(found)
    },
  }
}

/** Three significant digits, with an exponent where small. */
export function figure(value: number | undefined): string {
  if (value === undefined) return ABSENT_FIGURE
  if (value === 0) return '0'
  return value < 1e-3 || value >= 1e5 ? value.toExponential(2) : value.toPrecision(3)
}

/** Where two models part, in a sentence. */
export function driftSentence({ drift }: Correctness): string | undefined {
  if (drift === undefined) return undefined
  const { first, before, joined, nodes, looked } = drift
  const scope = `${looked.length} of ${joined} tensors that both models have were looked at (${nodes} nodes)`
  if (first === undefined) return joined === 0 ? undefined : `No node drifts beyond what rounding explains; ${scope}.`
  const from = before === undefined ? '' : `, after ${tensorText(before)}`
  return `The first node that drifts: ${tensorText(first)}${from}; ${scope}.`
}

function tensorText({ operator, node, drift, allowed }: ComparedTensor): string {
  return `${operator} ${node} (drift ${figure(drift)}, rounding explains ${figure(allowed)})`
}

export const STEP_STATUS_TITLES = {
  waiting: 'waiting',
  running: 'running',
  done: 'done',
  kept: 'kept',
  failed: 'failed',
  'not-run': 'not run',
} as const satisfies Record<StepRecord['status'], string>

function shareText(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

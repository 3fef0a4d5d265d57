import type { ComparedTensor, Correctness, TensorDifference } from './correctness.ts'
import type { StepRecord } from './step-table.ts'

/** Words of a verdict, for people. */
export const VERDICT_TITLES = {
  pass: 'within tolerance',
  fail: 'beyond tolerance',
  'cannot-tell': 'cannot tell',
} as const satisfies Record<Correctness['verdict'], string>

export const ABSENT_FIGURE = '–'

/** Columns of the table of outputs: title and cell. */
export const DIFFERENCE_COLUMNS: readonly { title: string; text(difference: TensorDifference): string }[] = [
  { title: 'max abs', text: ({ maxAbs }) => figure(maxAbs) },
  { title: 'mean abs', text: ({ meanAbs }) => figure(meanAbs) },
  { title: 'max rel', text: ({ maxRel }) => figure(maxRel) },
  { title: 'mean rel', text: ({ meanRel }) => figure(meanRel) },
  { title: 'cosine', text: ({ cosine }) => cosine?.toFixed(6) ?? ABSENT_FIGURE },
  { title: 'SNR dB', text: ({ snrDb, drift }) => (drift === 0 ? '∞' : (snrDb?.toFixed(1) ?? ABSENT_FIGURE)) },
  { title: 'top-1', text: ({ top1 }) => shareText(top1) },
  { title: 'top-5', text: ({ top5 }) => shareText(top5) },
  { title: 'worst at', text: ({ worst }) => (worst === undefined ? ABSENT_FIGURE : `[${worst.index.join(', ')}]`) },
]

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

function shareText(share: number | undefined): string {
  return share === undefined ? ABSENT_FIGURE : `${(100 * share).toFixed(1)} %`
}

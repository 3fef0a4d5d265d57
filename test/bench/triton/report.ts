import { median } from '../define.ts'
import { type BenchPoint, pointTitle } from './points.ts'
import type { Figures } from './sides.ts'

export interface Row {
  point: BenchPoint
  pairs: { perfAnalyzer: Figures; ours: Figures }[]
}

type Name = Exclude<keyof Figures, 'wholeCpuUsPerRequest'>

/** Figures of the issue that must agree: within the pair-to-pair spread or 5 %. */
const COMPARED = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['inferPerSec', 'infer/s'],
  ['queue', 'queue'],
  ['computeInput', 'compute input'],
  ['computeInfer', 'compute infer'],
  ['computeOutput', 'compute output'],
  ['network', 'network'],
] as const satisfies readonly (readonly [Name, string])[]
const AGREEMENT = 0.05
/** perf_analyzer prints whole microseconds, truncated: nothing finer can be compared. */
const RESOLUTION_US = 2

const LATENCY_RATIO_GOAL = 1
const DELAY_AGREEMENT = 0.02

function of(row: Row, side: 'ours' | 'perfAnalyzer', name: Name): number[] {
  return row.pairs.map(pair => pair[side][name])
}

function ratios(row: Row, name: Name): number[] {
  return row.pairs.map(({ ours, perfAnalyzer }) => ours[name] / perfAnalyzer[name])
}

function spread(values: readonly number[], digits = 2): string {
  const fixed = (value: number) => value.toFixed(digits)
  return `${fixed(median(values))} [${fixed(Math.min(...values))}, ${fixed(Math.max(...values))}]`
}

/** What the generator costs: CPU per request, throughput, and latency with one request in flight. */
export function costTable(rows: readonly Row[]): string {
  let [met, asked] = [0, 0]
  const lines = rows.flatMap(row => {
    const { cost, concurrency } = row.point
    if (cost === undefined) return []
    const verdicts = [
      median(ratios(row, 'cpuUsPerRequest')) <= cost.cpuRatio,
      median(ratios(row, 'inferPerSec')) >= cost.throughputRatio,
      ...(concurrency === 1 ? [median(ratios(row, 'p50')) <= LATENCY_RATIO_GOAL] : []),
    ]
    asked += verdicts.length
    met += verdicts.filter(Boolean).length
    const whole = median(row.pairs.map(({ ours }) => ours.wholeCpuUsPerRequest ?? Number.NaN))
    const cells = [
      pointTitle(row.point),
      `${median(of(row, 'perfAnalyzer', 'cpuUsPerRequest')).toFixed(0)}`,
      `${median(of(row, 'ours', 'cpuUsPerRequest')).toFixed(0)}`,
      `${Number.isNaN(whole) ? 'unknown' : whole.toFixed(0)}`,
      `${spread(ratios(row, 'cpuUsPerRequest'))} ≤ ${cost.cpuRatio}`,
      `${spread(ratios(row, 'inferPerSec'))} ≥ ${cost.throughputRatio}`,
      concurrency === 1 ? `${spread(ratios(row, 'p50'))} ≤ ${LATENCY_RATIO_GOAL}` : '',
      verdicts.every(Boolean) ? 'met' : 'missed',
    ]
    return [`| ${cells.join(' | ')} |`]
  })
  return [
    `Cost of the generator: ${met} of ${asked} goals met. CPU in µs per request: perf_analyzer's whole process, ours while`,
    'the load runs (what the ratio takes), ours over the whole life of the process with start-up and calibration.',
    '',
    '| point | perf_analyzer | ours | ours, whole | CPU ratio | throughput ratio | p50 ratio | |',
    '|---|---:|---:|---:|---:|---:|---:|---|',
    ...lines,
  ].join('\n')
}

/** Do both programs read the same figures from the same server? */
export function figuresTable(rows: readonly Row[]): string {
  let [met, asked] = [0, 0]
  const lines = rows.map(row => {
    const cells = COMPARED.map(([name]) => {
      // An ensemble's queue: perf_analyzer's CSV leaves the composing models' queue inside the network (documented).
      const excused = row.point.model === 'ensemble' && (name === 'queue' || name === 'network')
      const agree = agrees(of(row, 'ours', name), of(row, 'perfAnalyzer', name), name)
      if (!excused) {
        asked += 1
        met += agree ? 1 : 0
      }
      const [ours, theirs] = [median(of(row, 'ours', name)), median(of(row, 'perfAnalyzer', name))]
      return `${ours.toFixed(0)} / ${theirs.toFixed(0)}${excused ? ' °' : agree ? '' : ' ✗'}`
    })
    return `| ${pointTitle(row.point)} | ${cells.join(' | ')} |`
  })
  return [
    `Same figures: ours / perf_analyzer's, µs and infer/s; ${met} of ${asked} within 5 %, ${RESOLUTION_US} µs or the spread between runs (✗: not).`,
    "°: for an ensemble perf_analyzer's CSV counts the composing models' queue as network, ours as queue.",
    '',
    `| point | ${COMPARED.map(([, title]) => title).join(' | ')} |`,
    `|---|${COMPARED.map(() => '---:|').join('')}`,
    ...lines,
  ].join('\n')
}

/** Medians closer than 5 %, the resolution, or the spread of one program's own runs. */
function agrees(ours: readonly number[], theirs: readonly number[], name: Name): boolean {
  const [a, b] = [median(ours), median(theirs)]
  const difference = Math.abs(a - b)
  const resolution = name === 'inferPerSec' ? 0 : RESOLUTION_US
  // Spread between pairs: how far one program's own runs lie apart.
  const own = Math.max(range(ours), range(theirs))
  return difference <= Math.max(AGREEMENT * b, resolution, own)
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}

/** `delay` waits a known time: its parts must add up to the latency, and compute must be what the server says it is. */
export function delayTable(rows: readonly Row[]): string {
  const lines = rows
    .filter(({ point }) => point.model === 'delay')
    .map(row => {
      const sums = row.pairs.map(({ ours }) => {
        const { send, network, queue, computeInput, computeInfer, computeOutput, receive, avg } = ours
        return (send + network + queue + computeInput + computeInfer + computeOutput + receive) / avg
      })
      const compute = median(ratios(row, 'computeInfer'))
      const isMet = Math.abs(median(sums) - 1) <= DELAY_AGREEMENT && Math.abs(compute - 1) <= DELAY_AGREEMENT
      return `| ${pointTitle(row.point)} | ${median(sums).toFixed(4)} | ${compute.toFixed(4)} | ${isMet ? 'met' : 'missed'} |`
    })
  return [
    'The model that waits 5 ms: sum of our parts ÷ our mean latency; our compute infer ÷ perf_analyzer’s. Goal: 2 %.',
    '',
    '| point | parts ÷ mean | compute infer | |',
    '|---|---:|---:|---|',
    ...lines,
  ].join('\n')
}

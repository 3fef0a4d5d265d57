import { formatLatency } from '#domain/display.ts'
import { type Bench, type BenchOptions, median } from '../define.ts'
import { BATCHES, type BenchModel, benchModels } from './models.ts'
import { nodeSide, pythonSide, pythonWithOnnxRuntime, type Side } from './sides.ts'

const SLICE_MS = 200
/** Slices of one round: as much of either side early as late, so that a drift falls on both. */
const ROUND = ['ours', 'python', 'python', 'ours'] as const
/** Pairs of fresh processes per line; slow models get fewer rounds a pair, at least one. */
const FULL = { pairs: 5, rounds: 5, budgetMs: 8000 }
const QUICK = { pairs: 2, rounds: 2, budgetMs: 4000 }

/** A slice whose process had less of its core than this was disturbed by others: its round is measured again. */
const LEAST_CPU_SHARE = 0.97
const ATTEMPTS_PER_ROUND = 4

/** Goals of the issue: where a call takes 0.5 ms or more a ratio, below it a difference. */
const RATIO_GOAL = 1.02
const LARGE_OUTPUT_RATIO_GOAL = 1.05
const LARGE_OUTPUT_BYTES = 1_000_000
const DIFFERENCE_GOAL_US = 7
const SMALL_CALL_US = 500

interface Round {
  oursUs: number
  pythonUs: number
  isDisturbed: boolean
}

interface Row {
  model: BenchModel
  batch: number
  outputBytes: number
  version: string
  /** Rounds of each fresh pair of processes. */
  pairs: Round[][]
}

export const ortVsPython: Bench = {
  id: 'ort-vs-python',
  title: 'ONNX Runtime: our worker against Python with IO binding',
  async run(options) {
    const python = pythonWithOnnxRuntime(options.say)
    const rows: Row[] = []
    for (const model of benchModels())
      for (const batch of BATCHES) rows.push(await measureRow(model, batch, python, options))
    return report(rows, options)
  },
}

async function measureRow(
  model: BenchModel,
  batch: number,
  python: string,
  { quick, say }: BenchOptions,
): Promise<Row> {
  const row: Row = { model, batch, outputBytes: 0, version: '', pairs: [] }
  const args = [model.path, model.input, [batch, ...model.shape].join(',')]
  const effort = quick ? QUICK : FULL
  for (let pair = 0; pair < effort.pairs; pair++) {
    const sides = { ours: await nodeSide(args), python: await pythonSide(python, args) }
    try {
      assertSameWork(sides.ours, sides.python)
      row.outputBytes = sides.ours.outputs.reduce((sum, [bytes]) => sum + bytes, 0)
      row.version = sides.python.version
      row.pairs.push(await measurePair(sides, effort))
    } finally {
      sides.ours.end()
      sides.python.end()
    }
  }
  say(`${model.title}, batch ${batch}: ${describe(row).cells.slice(2).join(' | ')}`)
  return row
}

/**
 * Rounds of A B B A with both processes alive; one short slice of each comes first and is thrown away.
 * Where every attempt was disturbed, the last rounds are taken as they are and counted as disturbed.
 */
async function measurePair(sides: Record<'ours' | 'python', Side>, effort: typeof FULL): Promise<Round[]> {
  await sides.ours.slice(SLICE_MS / 4)
  await sides.python.slice(SLICE_MS / 4)
  const clean: Round[] = []
  const disturbed: Round[] = []
  const startMs = performance.now()
  const hasTime = () => performance.now() - startMs < effort.budgetMs
  const isDone = () =>
    clean.length >= effort.rounds || clean.length + disturbed.length >= effort.rounds * ATTEMPTS_PER_ROUND
  while (clean.length + disturbed.length < 1 || (!isDone() && hasTime())) {
    const us = { ours: [] as number[], python: [] as number[] }
    let isDisturbed = false
    for (const side of ROUND) {
      const { medianUs, cpuShare } = await sides[side].slice(SLICE_MS)
      us[side].push(medianUs)
      isDisturbed ||= cpuShare < LEAST_CPU_SHARE
    }
    const round = { oursUs: mean(us.ours), pythonUs: mean(us.python), isDisturbed }
    if (isDisturbed) disturbed.push(round)
    else clean.push(round)
  }
  return clean.length > 0 ? clean : disturbed
}

/** The same library must have computed the same numbers, else the times compare nothing. */
function assertSameWork(ours: Side, python: Side): void {
  const same =
    ours.version === python.version &&
    ours.outputs.length === python.outputs.length &&
    ours.outputs.every(([bytes, value], at) => {
      const [otherBytes, other] = python.outputs[at] ?? [0, Number.NaN]
      return bytes === otherBytes && Math.abs(value - other) <= 1e-4 * Math.abs(other)
    })
  if (!same) throw new Error(`Not the same work: ${JSON.stringify(ours)} and ${JSON.stringify(python)}`)
}

function report(rows: readonly Row[], { quick }: BenchOptions): string {
  const described = rows.map(describe)
  const met = described.filter(({ isMet }) => isMet).length
  const pairs = rows.flatMap(row => row.pairs)
  const disturbed = pairs.filter(pair => pair.some(({ isDisturbed }) => isDisturbed)).length
  const head = ['Model', 'Batch', 'Python, IO binding', 'Batchscope', 'Ratio [pairs]', 'Difference', 'Goal', '']
  return [
    `ONNX Runtime ${rows[0]?.version}, 1 thread. ${rows[0]?.pairs.length} fresh pairs of processes per line, both alive,`,
    `slices of ${SLICE_MS / 1000} s in the order ours, Python, Python, ours; ratio and difference inside each round,`,
    `median over the rounds of a pair, then over the pairs [least, most]. ${met} of ${rows.length} lines meet their goal.`,
    ...(disturbed > 0
      ? [`In ${disturbed} of ${pairs.length} pairs other work took part of the core in every round.`]
      : []),
    ...(quick ? ['Quick run: look, do not quote.'] : []),
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map((_, at) => (at === 0 ? '---' : '---:')).join('|')}|`,
    ...described.map(({ cells }) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

function describe({ model, batch, outputBytes, pairs }: Row): { cells: string[]; isMet: boolean } {
  const rounds = pairs.flat()
  const ratios = pairs.map(pair => median(pair.map(({ oursUs, pythonUs }) => oursUs / pythonUs)))
  const ratio = median(ratios)
  const differenceUs = median(pairs.map(pair => median(pair.map(({ oursUs, pythonUs }) => oursUs - pythonUs))))
  const pythonUs = median(rounds.map(round => round.pythonUs))
  const ratioGoal = outputBytes > LARGE_OUTPUT_BYTES ? LARGE_OUTPUT_RATIO_GOAL : RATIO_GOAL
  const isSmall = pythonUs < SMALL_CALL_US
  const isMet = isSmall ? differenceUs <= DIFFERENCE_GOAL_US : ratio <= ratioGoal
  const cells = [
    model.title,
    String(batch),
    formatLatency(pythonUs / 1000),
    formatLatency(median(rounds.map(round => round.oursUs)) / 1000),
    `${ratio.toFixed(3)} [${Math.min(...ratios).toFixed(3)}, ${Math.max(...ratios).toFixed(3)}]`,
    `${differenceUs >= 0 ? '+' : '−'}${Math.abs(differenceUs).toFixed(1)} µs`,
    isSmall ? `≤ +${DIFFERENCE_GOAL_US} µs` : `≤ ${ratioGoal}`,
    isMet ? 'met' : 'missed',
  ]
  return { cells, isMet }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

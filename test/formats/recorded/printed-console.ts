import type { PartName, ServerCounts } from '#domain/point.ts'
import type { ImportedPoint, PointsContent } from '#formats/define.ts'
import type { PrintedFigure } from './printed-tables.ts'

const US = 1000

/**
 * An oracle of its own for perf_analyzer's console: every number of every load level by the words before it, in the
 * order they are printed. A line with a number that no pattern knows throws.
 */
export function consoleFigures(text: string, content: PointsContent): PrintedFigure[] {
  const figures: PrintedFigure[] = []
  const blocks = blocksOf(text)
  for (const [index, { no, lines }] of blocks.entries()) {
    const point = content.points[index]
    if (point === undefined) throw new Error(`the level at line ${no} has no point`)
    figures.push(
      ...blockFigures(lines, point).map(figure => ({ ...figure, where: `level at line ${no}, ${figure.where}` })),
    )
  }
  if (blocks.length !== content.points.length)
    throw new Error(`${content.points.length} points for ${blocks.length} levels`)
  return [...figures, ...summaryFigures(text, content)]
}

interface Block {
  no: number
  lines: string[]
}

/** From each "Request …" line to the summary, or to the next level. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (/^Request (?:concurrency: |Rate: [\d.]+ inference)/.test(line)) {
      open = { no: index + 1, lines: [line] }
      blocks.push(open)
    } else if (/^(Inferences\/Second vs\.|\*\*\* Measurement)/.test(line)) open = undefined
    else open?.lines.push(line)
  }
  return blocks
}

type Ours = PrintedFigure['ours']
const usec = (ms: number | undefined) => (ms === undefined ? undefined : ms * US)

function blockFigures(lines: readonly string[], point: ImportedPoint): PrintedFigure[] {
  const figures: PrintedFigure[] = []
  // -1: the client; 0: the model; then composing models in the order of the text.
  let model = -1
  const counts = () => (model <= 0 ? point.server?.model : point.server?.composing[model - 1])
  for (const line of lines) {
    if (line === 'Server:') model = 0
    if (/, version: \S+$/.test(line)) model++
    if (
      /^(Pass \[|.*, version: \S+$|\d.*batch|Thread \[|Failed to|error:|.*\[WARNING\])/.test(line) ||
      !/\d/.test(line)
    )
      continue
    const found =
      model < 0 || /^(Request|Avg (gRPC|HTTP))/.test(line) ? clientLine(line, point) : serverLine(line, counts())
    if (found === undefined) throw new Error(`a line this test does not know: ${line}`)
    figures.push(...found.map(([what, printed, ours, tolerance = 0]) => ({ where: what, printed, ours, tolerance })))
  }
  return figures
}

type Found = (readonly [what: string, printed: string, ours: Ours, tolerance?: number])[]

function clientLine(line: string, point: ImportedPoint): Found | undefined {
  const { latencyMs, partsMs, otherPercentilesMs } = point
  const [words = '', value = ''] = /^([^:]+): ([\d.e+]+)/.exec(line)?.slice(1) ?? []
  const [, std] = /standard deviation (\d+) usec/.exec(line) ?? []
  const percentiles: Record<string, number | undefined> = { ...otherPercentilesMs, ...latencyMs }
  const percentile = /^(p[\d.]+) latency$/.exec(words)?.[1]
  if (percentile !== undefined) return [[words, value, usec(percentiles[percentile])]]
  if (words === 'Request concurrency') return [[words, value, point.concurrency]]
  if (words === 'Request Rate') return [[words, value, point.requestRate]]
  if (words === 'Request count') return [[words, value, point.requests?.completed]]
  if (words === 'Throughput') return [[words, value, point.inferPerSec]]
  if (words === 'Response Throughput') return [[words, value, point.responsesPerSec]]
  // Of perf_analyzer's own threads: no figure of the server's.
  if (words === 'Avg client overhead') return []
  if (words === 'Avg latency') {
    const mean = [words, value, usec(latencyMs?.mean)] as const
    return std === undefined ? [mean] : [mean, ['standard deviation', std, usec(latencyMs?.std)]]
  }
  if (words !== 'Avg gRPC time' && words !== 'Avg HTTP time') return undefined
  const ends = (partsMs?.clientSend ?? 0) + (partsMs?.clientRecv ?? 0)
  const both = /(?:request\/response|send\/recv) (\d+) usec/.exec(line)?.[1]
  const send = /\((?:marshal|send) (\d+) usec/.exec(line)?.[1]
  const receive = /\+ (?:unmarshal|receive) (\d+) usec/.exec(line)?.[1]
  if (point.partsMs === undefined) return []
  if (both !== undefined) return [[`${words}, both ends`, both, usec(ends)]]
  return [
    [`${words}, send`, send ?? '', usec(partsMs?.clientSend)],
    [`${words}, receive`, receive ?? '', usec(partsMs?.clientRecv)],
  ]
}

const STAGES: readonly (readonly [words: string, part: PartName])[] = [
  ['queue', 'queue'],
  ['compute input', 'computeInput'],
  ['compute infer', 'computeInfer'],
  ['compute output', 'computeOutput'],
  ['cache lookup/insertion', 'cacheMiss'],
]

function serverLine(line: string, counts: ServerCounts | undefined): Found | undefined {
  const [words = '', value = ''] = /^([^:]+): ([\d.e+]+)/.exec(line)?.slice(1) ?? []
  switch (words) {
    case 'Inference count':
      return [[words, value, counts?.inferenceCount]]
    case 'Execution count':
      return [[words, value, counts?.executionCount]]
    case 'Successful request count':
      return [[words, value, counts?.successCount]]
    case 'Cache hit count':
      return [[words, value, counts?.cacheHitCount]]
    case 'Cache miss count':
      return [[words, value, counts?.cacheMissCount]]
    case 'Average Cache Hit Latency':
      return value === '0' ? [] : [[words, value, usec(counts?.partsMs?.cacheHit)]]
    case 'Avg request latency':
    case 'Average Cache Miss Latency': {
      const stages = STAGES.flatMap(([stage, part]): Found => {
        const [, printed] = new RegExp(String.raw`[(+] ?${stage} (\d+) usec`).exec(line) ?? []
        // A cache that was not used has no part.
        if (printed === undefined || (part === 'cacheMiss' && printed === '0')) return []
        return [[`${words}, ${stage}`, printed, usec(counts?.partsMs?.[part])]]
      })
      const overhead = /\(overhead (\d+) usec/.exec(line)?.[1]
      return overhead === undefined ? stages : [['overhead', overhead, usec(counts?.overheadMs)], ...stages]
    }
  }
  return undefined
}

/** "Concurrency: 4, throughput: 5.1 infer/sec, latency 770215 usec": perf_analyzer's own summary of the levels. */
function summaryFigures(text: string, content: PointsContent): PrintedFigure[] {
  const [, percentile] = /vs\. Client (p[\d.]+) Batch Latency/.exec(text) ?? []
  const lines = [
    ...text.matchAll(/^(Concurrency|Request Rate): ([\d.]+), throughput: ([\d.e+]+) infer\/sec, latency (\d+) usec/gm),
  ]
  const measured = content.points.filter(point => point.inferPerSec !== undefined && point.error === undefined)
  if (lines.length !== measured.length) throw new Error(`${lines.length} summary lines for ${measured.length} points`)
  return lines.flatMap(([, , load = '', rate = '', latency = ''], index): PrintedFigure[] => {
    const point = measured[index]
    const percentiles: Record<string, number | undefined> = { ...point?.otherPercentilesMs, ...point?.latencyMs }
    const where = `summary, line ${index + 1}`
    return [
      { where, printed: load, ours: point?.requestRate ?? point?.concurrency },
      { where, printed: rate, ours: point?.inferPerSec },
      { where, printed: latency, ours: usec(percentiles[percentile ?? 'mean']) },
    ]
  })
}

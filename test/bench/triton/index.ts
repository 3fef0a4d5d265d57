import { perfAnalyzer, startTriton, type TestServer, withoutTriton } from '../../helpers/triton/server.ts'
import { type Bench, type BenchOptions, median } from '../define.ts'
import { benchCeiling } from './ceiling.ts'
import { BENCH_POINTS, type BenchPoint } from './points.ts'
import { costTable, delayTable, figuresTable, type Row } from './report.ts'
import { ourSide, perfAnalyzerSide } from './sides.ts'

const FULL = { pairs: 5, intervalMs: 1000 }
const QUICK = { pairs: 2, intervalMs: 500 }

/** Our sweep and the real perf_analyzer in turn against one real Triton; then the bare ceiling beside h2load. */
export const tritonBench: Bench = {
  id: 'triton',
  title: 'Triton: our load generator against perf_analyzer 2.51 and h2load',
  async run(options) {
    const program = perfAnalyzer()
    if (withoutTriton !== undefined) throw new Error(withoutTriton)
    if (program === undefined) throw new Error('no perf_analyzer: run test/helpers/triton/install-perf-analyzer.sh')
    const server = await startTriton()
    const rows: Row[] = []
    try {
      for (const point of BENCH_POINTS) rows.push(await measureRow(program, server, point, options))
    } finally {
      await server.stop()
    }
    const { pairs, intervalMs } = options.quick ? QUICK : FULL
    return [
      `${pairs} pairs a point, in turn, order swapped every pair; three windows of ${(1.2 * intervalMs) / 1000} s each side.`,
      'Server and clients share the machine. Medians over the runs; [least, most] over the pairs.',
      ...(options.quick ? ['Quick run: look, do not quote.'] : []),
      '',
      costTable(rows),
      '',
      figuresTable(rows),
      '',
      delayTable(rows),
      '',
      await benchCeiling(options),
    ].join('\n')
  },
}

async function measureRow(
  program: string,
  server: TestServer,
  point: BenchPoint,
  { quick, say }: BenchOptions,
): Promise<Row> {
  const { pairs, intervalMs } = quick ? QUICK : FULL
  const row: Row = { point, pairs: [] }
  for (let pair = 0; pair < pairs; pair++) {
    const theirs = () => perfAnalyzerSide(program, server, point, intervalMs)
    const our = () => ourSide(server, point, intervalMs)
    if (pair % 2 === 0) {
      const perfAnalyzer = await theirs()
      row.pairs.push({ perfAnalyzer, ours: await our() })
    } else {
      const ours = await our()
      row.pairs.push({ perfAnalyzer: await theirs(), ours })
    }
  }
  const of = (side: 'ours' | 'perfAnalyzer', name: 'inferPerSec' | 'p50' | 'cpuUsPerRequest') =>
    Math.round(median(row.pairs.map(both => both[side][name])))
  say(
    `${JSON.stringify(point)} ours ${of('ours', 'inferPerSec')}/s p50 ${of('ours', 'p50')} µs cpu ${of('ours', 'cpuUsPerRequest')}` +
      ` perf_analyzer ${of('perfAnalyzer', 'inferPerSec')}/s p50 ${of('perfAnalyzer', 'p50')} cpu ${of('perfAnalyzer', 'cpuUsPerRequest')}`,
  )
  return row
}

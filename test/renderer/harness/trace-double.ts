import { implement, ORPCError } from '@orpc/server'
import { contract } from '#contract'
import { packColumns } from '#domain/packed.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import { madeSource, SPAN_NS, TRACKS } from './timeline-source.ts'
import { figuresOf, isTraceRun, summaryOf, TRACE_RUNS, type TraceRunId, tablesOf } from './trace-fixtures.ts'

const FOUND = 500

/**
 * Traces of the fixture runs: what is drawn comes from arithmetic, figures are the whole trace's in proportion. The one
 * whose file has moved is found again at any path that does not hold "other".
 */
export function traceDouble() {
  const os = implement(contract)
  const made = madeSource()
  const located = new Set<string>()
  let builds = 0
  const known = (runId: string): TraceRunId => {
    if (!isTraceRun(runId)) throw new ORPCError('NOT_FOUND', { message: 'This run has no trace' })
    return runId
  }
  const stateOf = (runId: string) => {
    const state = TRACE_RUNS[known(runId)]
    if (state === 'coarse' && !located.has(runId)) return 'coarse' as const
    if (state === 'building' && builds < 3) return 'building' as const
    return 'ready' as const
  }
  const whole = (runId: string) => {
    if (stateOf(runId) !== 'ready')
      throw new ORPCError('FILE_NOT_FOUND', { message: 'The index of this trace is not there' })
  }
  const tracksOf = (runId: string) =>
    runId === 'trace5' ? [] : runId === 'trace4' ? TRACKS.filter(({ kind }) => kind === 'thread') : [...TRACKS]
  return {
    traces: {
      summary: os.traces.summary.handler(({ input }) => summaryOf(known(input.runId))),
      view: os.traces.view.handler(({ input }) => {
        const state = stateOf(input.runId)
        if (state === 'building') builds++
        return {
          state,
          ...(state === 'coarse' ? { why: '/home/me/resnet50_train.pt.trace.json is not there any more' } : {}),
          ...(state === 'building' ? { fraction: builds / 3 } : {}),
          startNs: 0,
          endNs: input.runId === 'trace5' ? 0 : SPAN_NS,
          tracks: tracksOf(input.runId),
        }
      }),
      window: os.traces.window.handler(async ({ input, signal }) =>
        packColumns({ ...(await made.cells(input, signal ?? new AbortController().signal)) }),
      ),
      preview: os.traces.preview.handler(({ input }) => {
        if (TRACE_RUNS[known(input.runId)] !== 'importing')
          throw new ORPCError('NOT_FOUND', { message: 'No trace is being read for this run' })
        const cells = TRACKS.slice(0, 3).flatMap(({ index }) =>
          Array.from({ length: 40 }, (_, at) => ({
            track: index,
            startNs: at * 1e8,
            busy: ((at * 7 + index) % 10) / 10,
          })),
        )
        return {
          startNs: 0,
          endNs: 4e9,
          tracks: [...TRACKS],
          overview: OVERVIEW,
          cells: packColumns({
            track: Uint32Array.from(cells, ({ track }) => track),
            startNs: Float64Array.from(cells, ({ startNs }) => startNs),
            endNs: Float64Array.from(cells, ({ startNs }) => startNs + 1e8),
            busy: Float32Array.from(cells, ({ busy }) => busy),
          }),
        }
      }),
      idle: os.traces.idle.handler(async ({ input, signal }) => {
        whole(input.runId)
        return packColumns({ ...(await made.gaps(input, signal ?? new AbortController().signal)) })
      }),
      names: os.traces.names.handler(({ input }) => made.names(input.ids)),
      slice: os.traces.slice.handler(({ input }) => {
        whole(input.runId)
        return made.slice(input.slice)
      }),
      at: os.traces.at.handler(({ input }) => made.at(input.lane, input.atNs)),
      beside: os.traces.beside.handler(({ input }) => made.beside(input.slice, input.direction)),
      find: os.traces.find.handler(({ input }) => {
        whole(input.runId)
        const isOne = input.text === 'nothing like it'
        const starts = isOne ? [] : Array.from({ length: FOUND }, (_, index) => index * 2e7 + 7000)
        return {
          total: isOne ? 0 : 1234,
          hits: packColumns({
            slice: Uint32Array.from(starts, startNs => 3e7 + (startNs - 7000) / 10_000),
            lane: Uint32Array.from(starts, () => 3),
            startNs: Float64Array.from(starts),
            durationNs: Float64Array.from(starts, () => 7200),
          }),
        }
      }),
      select: os.traces.select.handler(({ input: { runId, startNs, endNs } }) => {
        whole(runId)
        return {
          figures: figuresOf(runId, 'selection', 'selection', startNs, endNs),
          tables: tablesOf(runId, endNs - startNs),
        }
      }),
      operatorsByShape: os.traces.operatorsByShape.handler(({ input }) =>
        summaryOf(known(input.runId)).operators.flatMap(row => [
          { ...row, shapes: '[[64, 3, 224, 224]]' },
          { ...row, shapes: '[[64, 64, 56, 56]]', count: 2 },
        ]),
      ),
      locate: os.traces.locate.handler(({ input }) => {
        if (input.path.includes('other'))
          throw new ORPCError('FORMAT_UNKNOWN', { message: 'This is another file than the one that was read' })
        located.add(input.runId)
      }),
    },
  }
}

/** Of an import that is under way. */
const OVERVIEW: TraceOverview = {
  devices: [
    {
      id: 0,
      startNs: 1e8,
      endNs: 3.1e9,
      busyNs: 2.4e9,
      kernelNs: 2.4e9,
      communicationNs: 0,
      memcpyNs: 0,
      memsetNs: 0,
      graphNs: 0,
      sumNs: 2.4e9,
      kernels: 2254,
      copies: 0,
      fills: 0,
      graphs: 0,
    },
  ],
  kernels: [
    { name: 'gemm<float>\u202e', count: 2250, totalNs: 2.3e9, avgNs: 2.3e9 / 2250, minNs: 9e5, maxNs: 2e6 },
    { name: 'relu', count: 4, totalNs: 1e8, avgNs: 2.5e7, minNs: 2.5e7, maxNs: 2.5e7 },
  ],
  kernelNames: 2,
}

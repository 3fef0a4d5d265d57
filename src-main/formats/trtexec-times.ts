import { EngineError } from '#domain/errors.ts'
import { UNKNOWN } from '#domain/passport.ts'
import { defineFormat, type ImportedPoint, type PointsContent } from './define.ts'
import { type QueryTimes, readTimes } from './trtexec/times.ts'

/** `trtexec --exportTimes`, TREx's `.timing.json`: every query. It tells no batch, no device, no version. */
export const trtexecTimes = defineFormat({
  id: 'trtexec-times',
  title: 'trtexec times (--exportTimes)',
  gives: 'points',
  extensions: ['.json'],
  partOf: 'tensorrt-engine',
  sniff: ({ text }) => /^\s*\[\s*\{\s*"start(?:Enq|In|H2d|Compute)Ms"\s*:/.test(text),
  async read(source, signal): Promise<PointsContent> {
    const runs = await readTimes(source, signal === undefined ? {} : { signal })
    const measured = runs.filter(({ count, warmup }) => count > warmup)
    if (measured.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'No query of these times can be read', {
        where: source.name,
        hint: 'The file ends in its first query, or in its warm-up: did trtexec run to its end?',
      })
    }
    const broken = runs.reduce((sum, run) => sum + run.broken, 0)
    const warmup = runs.reduce((sum, run) => sum + run.warmup, 0)
    return {
      tool: 'trtexec',
      points: measured.map(pointOf),
      queriesOverlap: true,
      batchUnknown: { throughputCounts: 'requests' },
      facts: {
        latency: 'input copy, GPU compute and output copy of each query, as exported',
        throughput: 'queries ÷ (end of the last − begin of the first)',
      },
      notices:
        warmup === 0
          ? []
          : [`${warmup} queries began in the first 200 ms: taken as warm-up (8.5 and later leave it out).`],
      skipped: broken === 0 ? [] : [{ where: 'times', why: `${broken} queries are not whole` }],
      layers: [],
    }
  },
})

function pointOf(times: QueryTimes): ImportedPoint {
  const { count, warmup, latencyMs, gpuComputeMs, h2dMs, d2hMs, enqueueMs, spanMs } = times
  const queriesPerSec = spanMs === undefined ? undefined : ((count - warmup) * 1000) / spanMs
  return {
    runtime: 'tensorrt',
    device: UNKNOWN,
    batch: 1,
    concurrency: 1,
    ...(queriesPerSec === undefined ? {} : { queriesPerSec, inferPerSec: queriesPerSec }),
    ...(spanMs === undefined ? {} : { durationMs: spanMs }),
    rawMs: {
      warmup,
      latencyMs,
      phasesMs: {
        gpuCompute: gpuComputeMs,
        h2d: h2dMs,
        d2h: d2hMs,
        ...(enqueueMs === undefined ? {} : { enqueue: enqueueMs }),
      },
    },
    flags: [],
  }
}

import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Point } from '#domain/point.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { aPoint } from '../helpers/points.ts'
import { APP, aRun } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const ms = fc.double({ min: 0, max: 1e12, noNaN: true, noDefaultInfinity: true }).map(value => value + 0) // no -0
const text = fc.string({ unit: 'binary', maxLength: 20 })
const statistics = fc.record(
  { mean: ms, std: ms, min: ms, p50: ms, p90: ms, p95: ms, p99: ms, max: ms },
  { requiredKeys: [] },
)
const measured = fc.record(
  {
    runtime: text,
    device: text,
    precision: text,
    batch: fc.integer({ min: 1, max: 2 ** 40 }),
    shapes: fc.dictionary(text, fc.array(fc.integer({ min: 0 }), { maxLength: 4 }), { noNullPrototype: true }),
    durationMs: ms,
    latencyMs: statistics,
    boundsMs: fc.dictionary(text, fc.record({ lowerMs: ms }), { noNullPrototype: true }),
    inferPerSec: ms,
    peakBytes: fc.maxSafeNat(),
    load1: fc.record({ before: ms }, { requiredKeys: [] }),
    flags: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: [] },
)
const latencies = fc.float64Array({ maxLength: 300 })

test('any point, text and samples come back as they were given', () => {
  const path = join(tempFolder(), 'a.bscope')
  let count = 0
  fc.assert(
    fc.property(measured, latencies, text, (some, latenciesMs, words) => {
      const runId = `r${count++}`
      // What the domain takes: zod drops keys such as __proto__ from records.
      const point = Point.parse(aPoint(1, 1, some))
      const writer = count === 1 ? createSession(path, APP) : openSession(path, APP)
      writer.insertRun(aRun(runId, { title: `t${words}` }))
      writer.addPoint(runId, point, { warmup: 0, latenciesMs })
      writer.addLog(runId, [{ atMs: 1, stream: 'stdout', text: words }])
      writer.close()
      const reader = openSession(path, { ...APP, readOnly: true })
      const run = reader.run(runId)
      const samples = reader.samples(runId, point.id)
      const log = reader.log(runId)
      const { damage } = reader.info()
      reader.close()
      expect(damage).toEqual([])
      expect(run.title).toBe(`t${words.toWellFormed()}`)
      expect(run.points).toEqual([wellFormed(point)])
      expect(samples.latenciesMs).toEqual(latenciesMs)
      expect(log.map(line => line.text)).toEqual([words])
    }),
    { numRuns: 30, seed: 20261121 },
  )
}, 30_000)

/** Columns are UTF-8, which has no lone surrogates; JSON columns keep them escaped. */
function wellFormed(point: Point): Point {
  const { runtime, device, precision } = point
  return {
    ...point,
    runtime: runtime.toWellFormed(),
    device: device.toWellFormed(),
    precision: precision.toWellFormed(),
  }
}

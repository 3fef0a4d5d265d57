import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadInput, measureLoad } from '../helpers/triton/load.ts'
import { followProcess, slopePerHour } from '../helpers/triton/process-series.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

if (withoutTriton) console.log(`skipped: ${withoutTriton}`)

/** `BATCHSCOPE_SOAK_MINUTES=60` is the hour of the promise; by default twenty seconds. */
const MINUTES = Number(process.env.BATCHSCOPE_SOAK_MINUTES ?? 1 / 3)
const isLong = MINUTES >= 10
/** `BATCHSCOPE_SOAK_PROTOCOL=http`: over the other wire. */
const PROTOCOL = process.env.BATCHSCOPE_SOAK_PROTOCOL === 'http' ? 'http' : 'grpc'
const DURATION_MS = MINUTES * 60_000
/** The promise: memory settles within the first minute, then grows by at most 1 MB an hour. */
const SETTLED_MS = isLong ? 60_000 : DURATION_MS / 2
const MOST_SLOPE_BYTES_PER_HOUR = 1e6
/**
 * In a short run the heap still finds its size, and a slope over seconds says nothing about hours. What can be seen is
 * memory per request: an hour's promise at the short run's rate allows far less than a byte, a leak of one object a
 * request shows as tens of bytes. So a short run may not keep more than this for each request of its second half.
 */
const MOST_BYTES_PER_REQUEST = 50
/** And whatever the rate: collections come and go by this much. */
const HEAP_NOISE_BYTES = 2e6
/** Own CPU per request, last third against the middle third; a short run shares its seconds with the JIT. */
const MOST_CPU_DRIFT = isLong ? 0.15 : 0.5

describe.skipIf(withoutTriton)(`a load of ${MINUTES.toFixed(2)} minutes`, () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton({ load: ['identity_fp32'] })
  })
  afterAll(() => server.stop())

  test(
    'keeps its memory and its cost',
    async () => {
      const requests: { atMs: number; count: number }[] = []
      let follow: ReturnType<typeof followProcess> | undefined
      const result = await measureLoad(
        loadInput(server, 'identity_fp32', {
          protocol: PROTOCOL,
          load: { kind: 'concurrency', concurrency: 4 },
          window: { mode: 'duration', intervalMs: 1000, durationMs: DURATION_MS },
        }),
        {
          onStart: pid => {
            follow = followProcess(pid, 500)
          },
          onMessage: message => {
            if (message.type === 'window') requests.push({ atMs: performance.now(), count: message.requests })
          },
        },
      )
      const series = follow?.stop() ?? []
      const total = Number(result.facts.requests)
      expect(result.stopped).toBe('duration')
      expect(result.windows).toHaveLength(3)
      expect(total).toBeGreaterThan(100 * MINUTES * 60)

      const firstMs = requests[0]?.atMs ?? 0
      const lastMs = requests.at(-1)?.atMs ?? 0
      const within = (fromMs: number, toMs: number) => ({
        samples: series.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
        requests: requests.reduce((sum, { atMs, count }) => (atMs > fromMs && atMs <= toMs ? sum + count : sum), 0),
      })

      const settled = within(firstMs + SETTLED_MS, lastMs)
      const slope = slopePerHour(settled.samples)
      const hours = (lastMs - firstMs - SETTLED_MS) / 3_600_000
      const bytesKept = slope * hours
      console.log(
        `soak: ${total} requests, slope ${(slope / 1e6).toFixed(2)} MB/h, ${Math.round(bytesKept / 1000)} kB kept after settling`,
      )
      if (isLong) expect(slope).toBeLessThan(MOST_SLOPE_BYTES_PER_HOUR)
      else expect(bytesKept).toBeLessThan(HEAP_NOISE_BYTES + settled.requests * MOST_BYTES_PER_REQUEST)

      const third = (lastMs - firstMs) / 3
      const costs = [1, 2].map(index => {
        const part = within(firstMs + index * third, firstMs + (index + 1) * third)
        const cpuMs = (part.samples.at(-1)?.cpuMs ?? 0) - (part.samples[0]?.cpuMs ?? 0)
        return cpuMs / part.requests
      })
      const [middle = 0, last = 0] = costs
      console.log(`soak: own CPU ${(middle * 1000).toFixed(1)} µs a request, then ${(last * 1000).toFixed(1)} µs`)
      expect(last).toBeGreaterThan(0)
      expect(last / middle - 1).toBeLessThan(MOST_CPU_DRIFT)
    },
    DURATION_MS + 60_000,
  )
})

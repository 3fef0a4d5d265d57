import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '#stats/random.ts'
import { type Echo, startEcho } from '../../../src-main/triton/load/loopback.ts'
import { measurePoint } from '../../../src-main/triton/load/measure-point.ts'
import type { LoadInput } from '../../../src-main/workers/load-protocol.ts'
import { type Roughness, type RoughProxy, roughProxy } from '../../doubles/rough-proxy.ts'
import { loadInput } from '../../helpers/triton/load.ts'

const SLOTS = 16
const counted = (requests: number) => ({ window: { mode: 'request_count' as const, requests } })
/** Three windows of 1.2 × 80 ms, the drain of 1 s, and time for a busy machine. */
const BOUND_MS = 8000

/** A point over canned answers behind a relay; statistics are not asked for. */
describe.each(['http', 'grpc'] as const)('a point over %s through a bad network ends', protocol => {
  let echo: Echo
  let proxy: RoughProxy | undefined
  beforeAll(async () => {
    echo = await startEcho(protocol)
    return () => echo.close()
  })
  afterEach(() => proxy?.close())

  async function point(roughness: Roughness, overrides: Partial<Omit<LoadInput, 'target'>> = {}) {
    proxy = await roughProxy(echo.port, roughness)
    const log: string[] = []
    const input = loadInput({ http: proxy.port, grpc: proxy.port }, 'identity_fp32', {
      protocol,
      load: { kind: 'concurrency', concurrency: SLOTS },
      window: { mode: 'time_windows', intervalMs: 80 },
      maxTrials: 3,
      stabilityPercentage: 1e4,
      warmupRequestCount: 0,
      requestTimeoutMs: 200,
      statisticsOf: [],
      ...overrides,
    })
    const startMs = performance.now()
    const result = await measurePoint(
      input,
      message => {
        if (message.type === 'log') log.push(message.text)
      },
      () => {},
    )
    const tookMs = performance.now() - startMs
    const sum = (of: 'completed' | 'errors') => result.windows.reduce((total, window) => total + window[of], 0)
    return { ...result, log, tookMs, completed: sum('completed'), failed: sum('errors') }
  }

  test('where answers come a few bytes at a time', async () => {
    const { completed, errors, tookMs } = await point({ pieceBytes: 3 }, { requestTimeoutMs: 5000, ...counted(64) })
    expect(errors).toEqual([])
    expect(completed).toBe(64)
    expect(tookMs).toBeLessThan(BOUND_MS)
  })

  test('where answers come late', async () => {
    const { completed, errors } = await point({ delayMs: 5 }, { requestTimeoutMs: 5000, ...counted(64) })
    expect(errors).toEqual([])
    expect(completed).toBe(64)
  })

  test('where connections are reset in the middle of an answer: errors are counted, the rest is measured', async () => {
    // The greeting passes whole; then every connection breaks in its 40th piece.
    const fate: Roughness['fate'] = (pieces, connection) => (connection > 0 && pieces === 40 ? 'cut' : 'pass')
    const result = await point({ pieceBytes: 20, fate }, { requestTimeoutMs: 5000 })
    expect(result.completed).toBeGreaterThan(0)
    expect(result.failed).toBeGreaterThan(0)
    expect(result.facts.reconnects).toBeGreaterThan(0)
    expect(result.errors.every(({ code }) => code === 'connection')).toBe(true)
    expect(result.tookMs).toBeLessThan(BOUND_MS)
  })

  test('where the server closes a connection after so many answers, as one with a keep-alive limit', async () => {
    const fate: Roughness['fate'] = (pieces, connection) => (connection > 0 && pieces === 12 ? 'end' : 'pass')
    const { completed, facts, tookMs } = await point({ fate }, { requestTimeoutMs: 5000, ...counted(400) })
    expect(completed).toBeGreaterThan(300)
    expect(facts.reconnects).toBeGreaterThan(0)
    expect(tookMs).toBeLessThan(BOUND_MS)
  })

  test('where an answer is lost now and then: that request times out, the slot goes on', async () => {
    const fate: Roughness['fate'] = (pieces, connection) => (connection > 0 && pieces === 10 ? 'swallow' : 'pass')
    const result = await point({ fate }, { window: { mode: 'time_windows', intervalMs: 300 } })
    expect(result.completed).toBeGreaterThan(SLOTS)
    expect(result.errors.find(({ code }) => code === 'TIMEOUT')?.count).toBeGreaterThan(0)
    expect(result.tookMs).toBeLessThan(BOUND_MS)
  })

  test('where the server falls silent with a long time-out: what was measured is kept, and what was left is said', async () => {
    const silentAfterMs = performance.now() + 150
    const fate: Roughness['fate'] = () => (performance.now() > silentAfterMs ? 'swallow' : 'pass')
    const result = await point(
      { fate },
      { requestTimeoutMs: 60_000, window: { mode: 'time_windows', intervalMs: 200 } },
    )
    expect(result.completed).toBeGreaterThan(0)
    expect(result.facts.unansweredAtEnd).toBe(SLOTS)
    expect(result.log).toContainEqual(expect.stringMatching(/^16 requests were still not answered 1\.\d s after/))
    expect(result.tookMs).toBeLessThan(BOUND_MS)
  })

  test('where nothing is ever answered after the greeting: a time-out, not a hang', async () => {
    const passes = protocol === 'http' ? 1 : 3
    const fate: Roughness['fate'] = (pieces, connection) =>
      connection === 0 || pieces < passes - 1 ? 'pass' : 'swallow'
    const startMs = performance.now()
    await expect(point({ fate }, { warmupRequestCount: 4 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(performance.now() - startMs).toBeLessThan(BOUND_MS)
  })

  test.each([1, 2, 3])('where all of it happens at random (seed %i): no slot is lost on the way', async seed => {
    const { uniform } = seededRandom(seed)
    const fates = ['cut', 'end', 'swallow'] as const
    // Connections come about: one that never does is another fault.
    const fate: Roughness['fate'] = (pieces, connection) =>
      connection === 0 || pieces < 60 || uniform() > 0.02 ? 'pass' : (fates[Math.floor(3 * uniform())] ?? 'pass')
    const result = await point(
      { pieceBytes: 1 + Math.floor(60 * uniform()), fate },
      { requestTimeoutMs: 150, window: { mode: 'time_windows', intervalMs: 300 } },
    )
    expect(result.completed).toBeGreaterThan(0)
    expect(result.failed).toBeGreaterThan(0)
    // The drain lasts longer than a time-out: every slot came to its end.
    expect(result.facts.unansweredAtEnd).toBeUndefined()
    expect(result.tookMs).toBeLessThan(BOUND_MS)
  })

  test('where the warm-up does not come to its end: it is cut short, and the load starts on free slots', async () => {
    // 100 × 60 ms is more than a time-out and the 3 s after which a server counts as lost.
    const load = { kind: 'concurrency', concurrency: 1 } as const
    const { completed, errors, tookMs } = await point(
      { delayMs: 60 },
      { load, warmupRequestCount: 100, requestTimeoutMs: 500, window: { mode: 'time_windows', intervalMs: 250 } },
    )
    expect(errors).toEqual([])
    expect(completed).toBeGreaterThan(0)
    expect(tookMs).toBeLessThan(BOUND_MS)
  })
})

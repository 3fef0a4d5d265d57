import { describe, expect, test, vi } from 'vitest'
import { type GpuWatchOptions, startGpuWatch } from '../../native-tools/gpu-watch.ts'
import {
  DOUBLE_GPU,
  doubleLook,
  FIELDS_465,
  installSmiDouble,
  type SmiRecording,
} from '../helpers/nvidia-smi-double.ts'

/** A watch of the double at its highest rate, stopped with the test. */
async function watched(recording: SmiRecording, more: Partial<GpuWatchOptions> = {}) {
  installSmiDouble(recording)
  const deaths: string[] = []
  const watch = await startGpuWatch({ startedAt: Date.now(), everyMs: 100, onDeath: why => deaths.push(why), ...more })
  return { watch, deaths }
}

describe.skipIf(process.platform === 'win32')('the watch of a double of nvidia-smi', () => {
  test('sees every GPU on the clock of the run, and ends when it is told to', async () => {
    const hot = doubleLook({ 'clocks_event_reasons.active': '0x0000000000000040', 'temperature.gpu': 90 })
    const second = { ...DOUBLE_GPU, name: 'Another double', uuid: 'GPU-2' }
    const startedAt = Date.now() - 5000
    const { watch, deaths } = await watched(
      { gpus: [DOUBLE_GPU, second], looks: [[doubleLook(), hot]], apps: ['GPU-2, 77'] },
      { startedAt },
    )
    const seen = await vi.waitUntil(() => {
      const samples = watch.take(0)
      return samples.length > 0 ? samples : undefined
    })
    await vi.waitUntil(() => watch.take(1).some(({ temperatureC }) => temperatureC === 90))
    await watch.stop()
    expect(watch.source).toBe('nvidia-smi 610.43.02')
    expect(watch.series).toMatchObject([
      { name: 'Double of a GPU', powerReading: 'instant', powerLimitW: 700, wasFree: true },
      { name: 'Another double', wasFree: false },
    ])
    expect(seen[0]).toMatchObject({ smClockMHz: 1980, powerW: 410.5, memoryUsedBytes: 4100 * 2 ** 20 })
    expect(seen[0]?.atMs).toBeGreaterThan(4900)
    expect(seen[0]?.atMs).toBeLessThan(Date.now() - startedAt)
    expect(deaths).toEqual([])
  })

  test('an old driver is asked only what it knows: asked for one field more it refuses all', async () => {
    const { watch, deaths } = await watched({ fields: FIELDS_465 })
    const samples = await vi.waitUntil(() => {
      const some = watch.take(0)
      return some.length > 0 ? some : undefined
    })
    await watch.stop()
    expect(samples[0]).toMatchObject({ powerW: 400, throttleReasons: [] })
    expect(watch.series[0]?.powerReading).toBe('last second')
    expect(deaths).toEqual([])
  })

  test('a clock in another time zone is not believed', async () => {
    const { watch } = await watched({ looks: [[doubleLook({ timestamp: '2001/01/01 00:00:00.000' })]] })
    const samples = await vi.waitUntil(() => {
      const some = watch.take(0)
      return some.length > 0 ? some : undefined
    })
    await watch.stop()
    expect(samples[0]?.atMs).toBeGreaterThanOrEqual(0)
  })

  test('lines that were held back in a pipe come at the end, with the times they were seen at', async () => {
    const { watch } = await watched({ holdsBack: true })
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(watch.take(0)).toEqual([])
    await watch.stop()
    const times = watch.take(0).map(({ atMs }) => atMs)
    expect(times.length).toBeGreaterThan(2)
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(150)
  })

  test('its death is told with its last words, and what it saw is kept', async () => {
    const { watch, deaths } = await watched({ dieAfter: 2, exitCode: 15, lastWords: 'GPU is lost.' })
    await vi.waitUntil(() => deaths.length > 0, { timeout: 5000 })
    expect(deaths[0]).toMatch(/^nvidia-smi 610\.43\.02, exit code 15 after \d\.\d s, "GPU is lost\."$/)
    expect(watch.take(0)).toHaveLength(2)
    await watch.stop()
    expect(deaths).toHaveLength(1)
  })

  test('no GPU is an error with the words of the tool, no tool one that says so', async () => {
    await expect(watched({ gpus: [], looks: [[]] })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: 'nvidia-smi tells of no GPU',
    })
    const configuredPath = '/nowhere/nvidia-smi'
    await expect(watched({}, { configuredPath })).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })

  test('a driver that hangs keeps no cancel waiting', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    const before = performance.now()
    await expect(watched({ hangs: true }, { signal: stop.signal })).rejects.toThrow()
    expect(performance.now() - before).toBeLessThan(1500)
  })
})

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ClientCost } from '#domain/point.ts'
import { memoryUse } from '../../workers/process-usage.ts'

/** Coarse, so that watching costs nothing: 50 wake-ups a second. */
const DELAY_RESOLUTION_MS = 20
const NS_PER_MS = 1e6

/** Watches what this process costs from now on. @returns the cost of `requests` requests until then */
export function watchCost(): (requests: number) => ClientCost {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  delay.enable()
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  return requests => {
    const { user, system } = process.cpuUsage(cpu)
    const wallMs = performance.now() - startMs
    delay.disable()
    const whole = process.cpuUsage()
    const { peakBytes } = memoryUse()
    return {
      ...(requests > 0 ? { cpuUsPerRequest: (user + system) / requests } : {}),
      processCpuMs: (whole.user + whole.system) / 1000,
      cpuCores: (user + system) / 1000 / wallMs,
      // The histogram holds the time between two wake-ups, the resolution included.
      ...(delay.count > 0
        ? { eventLoopP99Ms: Math.max(0, delay.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS) }
        : {}),
      ...(peakBytes === undefined ? {} : { peakBytes }),
    }
  }
}

import { readFileSync } from 'node:fs'
import { sampleLoad } from '../machine/load.ts'

/** Memory of this process in bytes. */
export interface MemoryUse {
  residentBytes: number
  /** Highest ever of this process alone; absent where the system does not tell. */
  peakBytes?: number
  swappedBytes?: number
}

/**
 * Linux: /proc/self/status, because getrusage's maximum includes what the parent had before exec.
 * Elsewhere getrusage's maximum.
 */
export function memoryUse(): MemoryUse {
  const status = procStatus()
  if (status === undefined) {
    return { residentBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 }
  }
  const peakBytes = statusBytes(status, 'VmHWM')
  const swappedBytes = statusBytes(status, 'VmSwap')
  return {
    residentBytes: statusBytes(status, 'VmRSS') ?? process.memoryUsage.rss(),
    ...(peakBytes === undefined ? {} : { peakBytes }),
    ...(swappedBytes === undefined ? {} : { swappedBytes }),
  }
}

/** Threads of this process; undefined where the system does not tell. */
export function threadCount(): number | undefined {
  const count = /^Threads:\s*(\d+)/m.exec(procStatus() ?? '')?.[1]
  return count === undefined ? undefined : Number(count)
}

/** CPU time and context switches of this process between two moments. */
export interface CpuUse {
  /** CPU time ÷ wall time: how many cores were busy. */
  cpuUtilization: number
  /** Times the system took a core away while there was work. */
  involuntarySwitches: number
  /** Cores that other processes kept busy meanwhile; absent where the system does not tell. */
  otherCores?: number
}

/** Starts to count; the function it gives says what was used since. */
export function startCpuUse(): () => CpuUse {
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  const switches = process.resourceUsage().involuntaryContextSwitches
  const load = sampleLoad()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const cpuUtilization = (user + system) / 1000 / (performance.now() - startMs)
    const busyCores = sampleLoad().busyCoresSince(load)
    return {
      cpuUtilization,
      involuntarySwitches: process.resourceUsage().involuntaryContextSwitches - switches,
      ...(busyCores === undefined ? {} : { otherCores: Math.max(0, busyCores - cpuUtilization) }),
    }
  }
}

function procStatus(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readFileSync('/proc/self/status', 'latin1')
  } catch {
    return undefined // hidden by a sandbox
  }
}

function statusBytes(status: string, field: string): number | undefined {
  const kiB = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return kiB === undefined ? undefined : Number(kiB) * 1024
}

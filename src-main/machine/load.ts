import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** What the machine was doing at one moment. */
export interface LoadSample {
  /** Load average over one minute; absent where the system has none (Windows). */
  load1?: number
  /** Share 0..1 of CPU time that a hypervisor gave to others since `earlier`; absent where that is not told. */
  stealShareSince(earlier: LoadSample): number | undefined
  /** Cores that were at work on average since `earlier`, whoever's work it was; absent where that is not told. */
  busyCoresSince(earlier: LoadSample): number | undefined
  /** CPU time of all cores since boot in clock ticks. */
  ticks?: CpuTicks
}

export interface CpuTicks {
  total: number
  steal: number
  /** Nothing to do, or waiting for a disk. */
  idle: number
}

/** Load now. Linux tells steal time in /proc/stat; macOS has a load average only; Windows neither. Never throws. */
export function sampleLoad(): LoadSample {
  const [load1] = loadavg()
  const ticks = cpuTicks()
  return {
    ...(process.platform === 'win32' || load1 === undefined ? {} : { load1 }),
    ...(ticks === undefined ? {} : { ticks }),
    stealShareSince({ ticks: earlier }) {
      if (ticks === undefined || earlier === undefined) return undefined
      const total = ticks.total - earlier.total
      return total > 0 ? Math.max(0, ticks.steal - earlier.steal) / total : undefined
    },
    busyCoresSince({ ticks: earlier }) {
      if (ticks === undefined || earlier === undefined) return undefined
      const total = ticks.total - earlier.total
      const unused = ticks.idle - earlier.idle + (ticks.steal - earlier.steal)
      return total > 0 ? (cpus().length * Math.max(0, total - unused)) / total : undefined
    },
  }
}

function cpuTicks(): CpuTicks | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return parseCpuTicks(readFileSync('/proc/stat', 'latin1'))
  } catch {
    return undefined // hidden by a sandbox: not known
  }
}

/**
 * First line of /proc/stat: "cpu user nice system idle iowait irq softirq steal guest guest_nice" in clock ticks.
 * Guest time is part of user time and not added again.
 */
export function parseCpuTicks(stat: string): CpuTicks | undefined {
  const match = /^cpu\s+([\d ]+)$/m.exec(stat)
  const numbers = match?.[1]?.trim().split(/\s+/).map(Number).slice(0, 8)
  const [, , , idle = 0, iowait = 0, , , steal] = numbers ?? []
  if (numbers === undefined || steal === undefined) return undefined
  return { total: numbers.reduce((sum, n) => sum + n, 0), steal, idle: idle + iowait }
}

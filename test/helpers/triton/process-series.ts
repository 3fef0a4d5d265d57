import { readFileSync } from 'node:fs'

/** Linux' clock ticks a second, as /proc counts CPU time. */
const TICKS_PER_SEC = 100
const MS_PER_HOUR = 3_600_000

export interface ProcessSample {
  atMs: number
  residentBytes: number
  /** User and system time so far. */
  cpuMs: number
}

/** Looks at a process from outside every `everyMs`, so that watching costs it nothing. Linux. */
export function followProcess(pid: number | undefined, everyMs: number) {
  const samples: ProcessSample[] = []
  const timer = setInterval(() => {
    const sample = look(pid)
    if (sample !== undefined) samples.push(sample)
  }, everyMs)
  return {
    stop(): ProcessSample[] {
      clearInterval(timer)
      return samples
    },
  }
}

function look(pid: number | undefined): ProcessSample | undefined {
  try {
    const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    // After the name, which may hold anything: utime and stime are fields 14 and 15 of the line.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return {
      atMs: performance.now(),
      residentBytes: Number(kiB) * 1024,
      cpuMs: (ticks / TICKS_PER_SEC) * 1000,
    }
  } catch (thrown) {
    // It has ended.
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ESRCH')) return
    throw thrown
  }
}

/** Least-squares slope of resident memory, bytes an hour; 0 below two samples. */
export function slopePerHour(samples: readonly ProcessSample[]): number {
  const count = samples.length
  if (count < 2) return 0
  const mean = (value: (sample: ProcessSample) => number) => samples.reduce((sum, s) => sum + value(s), 0) / count
  const meanMs = mean(({ atMs }) => atMs)
  const meanBytes = mean(({ residentBytes }) => residentBytes)
  const covariance = mean(({ atMs, residentBytes }) => (atMs - meanMs) * (residentBytes - meanBytes))
  return (covariance / mean(({ atMs }) => (atMs - meanMs) ** 2)) * MS_PER_HOUR
}

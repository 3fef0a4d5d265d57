import type { Facts } from '#domain/passport.ts'
import { readText } from './read.ts'

const ROOT = '/sys/fs/cgroup'

/**
 * Limits that a container or service manager puts on us, the tightest on the way to the root, cgroup v2 or v1.
 * Absent where there is no limit or no cgroup. `cpuLimitCores` 1.5 means 150 % of a core.
 */
export function cgroupFacts(which: 'cpu' | 'memory', read = readText): Facts {
  const memberships = (read('/proc/self/cgroup') ?? '').split('\n')
  const unified = memberships.find(line => line.startsWith('0::'))?.slice(3)
  const legacy = memberships.find(line => line.split(':')[1]?.split(',').includes(which))?.split(':')[2]
  const cpu: (number | undefined)[] = []
  const memory: (number | undefined)[] = []
  for (const folder of upwards(ROOT, unified)) {
    if (which === 'cpu') cpu.push(cpuMax(read(`${folder}/cpu.max`)))
    else memory.push(limitBytes(read(`${folder}/memory.max`)))
  }
  for (const folder of upwards(`${ROOT}/${which}`, legacy)) {
    if (which === 'cpu')
      cpu.push(quotaOverPeriod(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)))
    else memory.push(limitBytes(read(`${folder}/memory.limit_in_bytes`)))
  }
  const cores = lowest(cpu)
  const bytes = lowest(memory)
  return {
    ...(cores === undefined ? {} : { cpuLimitCores: cores }),
    ...(bytes === undefined ? {} : { memoryLimitBytes: bytes }),
  }
}

/** The group's folder and its parents up to the mount: inside a container only the mount itself may be visible. */
function upwards(root: string, group: string | undefined): string[] {
  if (group === undefined) return [root]
  const parts = group.split('/').filter(part => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, up) => [root, ...parts.slice(0, parts.length - up)].join('/'))
}

/** "150000 100000" or "max 100000". */
function cpuMax(text: string | undefined): number | undefined {
  const [quota, period] = text?.split(' ') ?? []
  return quotaOverPeriod(quota, period)
}

function quotaOverPeriod(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period)
  return Number.isFinite(cores) && cores > 0 ? cores : undefined
}

/** v1 writes "no limit" as a number near 2^63. */
function limitBytes(text: string | undefined): number | undefined {
  const bytes = Number(text)
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 60 ? bytes : undefined
}

function lowest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter(value => value !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

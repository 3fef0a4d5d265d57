import { readdirSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { type Facts, UNKNOWN } from '#domain/passport.ts'
import { cgroupFacts } from './cgroup.ts'
import { coresOfList, readNumber, readText } from './read.ts'

const CPU = '/sys/devices/system/cpu'

/** Cores that this process may use: affinity counted, not the whole machine. */
export function logicalCores(): number {
  return availableParallelism()
}

/**
 * Section `cpu` of the passport. Frequencies are of the moment; on many virtual machines the kernel tells none,
 * and then the word is "unknown". @returns facts; never throws
 */
export function cpuFacts(): Facts {
  const cores = cpus()
  const topology = coreTopology()
  const frequency = frequencies()
  return {
    model: cores[0]?.model.trim() || UNKNOWN,
    architecture: process.arch,
    logicalCores: cores.length,
    usableCores: logicalCores(),
    physicalCores: topology?.physicalCores ?? UNKNOWN,
    sockets: topology?.sockets ?? UNKNOWN,
    smt: smtState(topology, cores.length),
    governor: readText(`${CPU}/cpu0/cpufreq/scaling_governor`) ?? UNKNOWN,
    frequencyMHz: frequency.now ?? UNKNOWN,
    frequencyMinMHz: frequency.min ?? UNKNOWN,
    frequencyMaxMHz: frequency.max ?? UNKNOWN,
    boost: boostState() ?? UNKNOWN,
    affinity: processStatus('Cpus_allowed_list') ?? UNKNOWN,
    numaNodes: numaNodes() ?? UNKNOWN,
    ...cacheFacts(),
    ...cgroupFacts('cpu'),
    virtualized: isVirtualized() ?? UNKNOWN,
  }
}

/** A field of /proc/self/status. */
function processStatus(field: string): string | undefined {
  const status = readText('/proc/self/status')
  return status === undefined ? undefined : new RegExp(`^${field}:\\s*(.+)$`, 'm').exec(status)?.[1]
}

interface Topology {
  physicalCores: number
  sockets: number
}

function coreTopology(): Topology | undefined {
  const online = readText(`${CPU}/online`)
  if (online === undefined) return undefined
  const physical = new Set<string>()
  const sockets = new Set<string>()
  for (const core of coresOfList(online)) {
    const socket = readText(`${CPU}/cpu${core}/topology/physical_package_id`)
    const id = readText(`${CPU}/cpu${core}/topology/core_id`)
    if (socket === undefined || id === undefined) return undefined
    sockets.add(socket)
    physical.add(`${socket}:${readText(`${CPU}/cpu${core}/topology/die_id`) ?? ''}:${id}`)
  }
  return { physicalCores: physical.size, sockets: sockets.size }
}

function smtState(topology: Topology | undefined, logical: number): string {
  const active = readText(`${CPU}/smt/active`)
  if (active === '1') return 'on'
  if (topology !== undefined && logical > topology.physicalCores) return 'on'
  return active === '0' ? 'off' : UNKNOWN
}

/** MHz: over the cores now (mean), lowest and highest allowed. cpufreq counts in kHz. */
function frequencies(): { now?: number; min?: number; max?: number } {
  const kHz = (name: string) => readNumber(`${CPU}/cpu0/cpufreq/${name}`)
  const nowMHz = cpus()
    .map((core, index) => {
      const scaled = readNumber(`${CPU}/cpu${index}/cpufreq/scaling_cur_freq`)
      return scaled === undefined ? core.speed : scaled / 1000
    })
    .filter(speed => speed > 0)
  const min = kHz('scaling_min_freq')
  const max = kHz('scaling_max_freq')
  return {
    ...(nowMHz.length > 0 ? { now: Math.round(nowMHz.reduce((sum, speed) => sum + speed, 0) / nowMHz.length) } : {}),
    ...(min === undefined ? {} : { min: Math.round(min / 1000) }),
    ...(max === undefined ? {} : { max: Math.round(max / 1000) }),
  }
}

function boostState(): string | undefined {
  const boost = readText(`${CPU}/cpufreq/boost`)
  if (boost !== undefined) return boost === '1' ? 'on' : 'off'
  const noTurbo = readText(`${CPU}/intel_pstate/no_turbo`)
  return noTurbo === undefined ? undefined : noTurbo === '0' ? 'on' : 'off'
}

function numaNodes(): number | undefined {
  const online = readText('/sys/devices/system/node/online')
  return online === undefined ? undefined : coresOfList(online).length
}

/** Caches of core 0, by level: `cacheL2Bytes`. */
function cacheFacts(): Facts {
  const facts: Facts = {}
  for (const name of listFolder(`${CPU}/cpu0/cache`).filter(entry => entry.startsWith('index'))) {
    const at = (file: string) => readText(`${CPU}/cpu0/cache/${name}/${file}`)
    const size = /^(\d+)([KM])$/.exec(at('size') ?? '')
    if (size === null || at('type') === 'Instruction') continue
    facts[`cacheL${at('level')}Bytes`] = Number(size[1]) * (size[2] === 'M' ? 2 ** 20 : 2 ** 10)
  }
  return facts
}

function isVirtualized(): boolean | undefined {
  const info = readText('/proc/cpuinfo')
  if (info === undefined) return undefined
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(info)?.[1]
  return flags === undefined ? undefined : flags.split(' ').includes('hypervisor')
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return [] // no such folder on this system
  }
}

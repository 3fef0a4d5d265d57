import { cpus, totalmem } from 'node:os'
import { describe, expect, test } from 'vitest'
import { Facts } from '#domain/passport.ts'
import { cgroupFacts } from '../../src-main/machine/cgroup.ts'
import { hostFacts, logicalCores } from '../../src-main/machine/host.ts'
import { parseCpuTicks, sampleLoad } from '../../src-main/machine/load.ts'
import { coresOfList } from '../../src-main/machine/read.ts'

test('the machine tells its sections as facts with units in their names, and guesses nothing', async () => {
  const facts = await hostFacts()
  for (const section of Object.values(facts)) expect(Facts.parse(section)).toEqual(section)
  expect(facts.cpu.model).toBe(cpus()[0]?.model.trim() || 'unknown')
  expect(facts.cpu.logicalCores).toBe(cpus().length)
  expect(facts.memory.totalBytes).toBe(totalmem())
  expect(facts.gpu).toEqual({ gpus: 'unknown' })
  expect((await hostFacts(async () => ({ gpus: 'none found' }))).gpu).toEqual({ gpus: 'none found' })
  for (const value of Object.values({ ...facts.cpu, ...facts.memory, ...facts.os })) {
    expect(value === '' || Number.isNaN(value) || value === undefined).toBe(false)
  }
})

test('usable cores are at least one and at most all', () => {
  expect(logicalCores()).toBeGreaterThanOrEqual(1)
  expect(logicalCores()).toBeLessThanOrEqual(cpus().length)
})

test('steal is read from the eighth number of the cpu line; guest time is not added twice', () => {
  const stat = 'cpu  100 5 50 800 20 1 4 20 77 8\ncpu0 1 1 1 1 1 1 1 1 0 0\n'
  expect(parseCpuTicks(stat)).toEqual({ total: 1000, steal: 20, idle: 820 })
  expect(parseCpuTicks('intr 5')).toBeUndefined()
  expect(parseCpuTicks('cpu 1 2 3')).toBeUndefined()
})

test('the steal share between two samples is a share of all cores, and unknown where ticks are not told', () => {
  const before = { ...sampleLoad(), ticks: { total: 1000, steal: 10, idle: 500 } }
  const sample = sampleLoad()
  if (sample.ticks === undefined) {
    expect(sample.stealShareSince(before)).toBeUndefined()
  } else {
    const { total, steal, idle } = sample.ticks
    const earlier = { ...before, ticks: { total: total - 200, steal: steal - 50, idle: idle - 100 } }
    expect(sample.busyCoresSince(earlier)).toBe(cpus().length * 0.25)
    expect(sample.stealShareSince(earlier)).toBe(0.25)
    expect(sample.stealShareSince(sample)).toBeUndefined()
  }
  const { ticks: _ticks, ...withoutTicks } = before
  expect(sample.stealShareSince(withoutTicks)).toBeUndefined()
})

test('kernel core lists are read', () => {
  expect(coresOfList('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11])
  expect(coresOfList('')).toEqual([])
  expect(coresOfList('3-1')).toEqual([])
})

describe('container limits', () => {
  const files = (entries: Record<string, string>) => (path: string) => entries[path]

  test('cgroup v2: the tightest limit on the way up counts', () => {
    const read = files({
      '/proc/self/cgroup': '0::/pod/app',
      '/sys/fs/cgroup/pod/app/cpu.max': 'max 100000',
      '/sys/fs/cgroup/pod/cpu.max': '150000 100000',
      '/sys/fs/cgroup/pod/app/memory.max': '4294967296',
      '/sys/fs/cgroup/pod/memory.max': 'max',
    })
    expect(cgroupFacts('cpu', read)).toEqual({ cpuLimitCores: 1.5 })
    expect(cgroupFacts('memory', read)).toEqual({ memoryLimitBytes: 4294967296 })
  })

  test('cgroup v1: quota −1 and the huge number mean no limit', () => {
    const read = files({
      '/proc/self/cgroup': '5:cpu,cpuacct:/docker/a\n4:memory:/docker/a',
      '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      '/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes': '1073741824',
    })
    expect(cgroupFacts('cpu', read)).toEqual({})
    expect(cgroupFacts('memory', read)).toEqual({ memoryLimitBytes: 1073741824 })
  })

  test('inside a container that sees only its own root, the root counts', () => {
    const read = files({ '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': '50000 100000' })
    expect(cgroupFacts('cpu', read)).toEqual({ cpuLimitCores: 0.5 })
  })

  test('no cgroup at all tells nothing', () => {
    expect(cgroupFacts('cpu', files({}))).toEqual({})
  })
})

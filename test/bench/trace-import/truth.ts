import { z } from 'zod'
import type { DurationStats, TraceSummary } from '../../../src-main/domain/trace.ts'
import type { TraceFacts } from '../../../src-main/domain/trace-facts.ts'

const Row = z.object({ count: z.number(), total_ns: z.number() })

/** What gen_large_kineto.py says it wrote. One device; times in integer ns. */
const Truth = z.object({
  events_by_category: z.record(z.string(), z.number()),
  steps: z.number(),
  step_ns: z.object({ total: z.number(), first: z.number(), longest: z.number() }),
  dataloader_ns: z.number(),
  gpu: z.object({
    events: z.number(),
    linked_to_launch: z.number(),
    without_launch: z.number(),
    first_to_last_ns: z.number(),
    busy_union_ns: z.number(),
    sum_ns: z.number(),
    kernel_sum_ns: z.number(),
    communication_sum_ns: z.number(),
    communication_union_ns: z.number(),
    compute_kernel_union_ns: z.number(),
    memcpy_sum_ns: z.number(),
    memset_sum_ns: z.number(),
  }),
  /** Calls that launched device work, by name. */
  launches: z.record(z.string(), z.number()),
  device_activities: z.record(z.string(), Row),
  cpu_rows: z.record(z.string(), Row),
})
type Truth = z.infer<typeof Truth>

/** Of a sum: stamps have three decimals of a µs, so that every length is whole ns. */
const TOLERANCE_NS = 1
/** A summary lists no more. */
const MOST_STEPS = 1000

/** Everything an import says that the generator also knows. @returns differences as sentences; empty: none */
export function compareWithTruth(summary: TraceSummary, facts: TraceFacts, truth: unknown): string[] {
  const expected = Truth.parse(truth)
  const found = new Differences()
  const { gpu, events_by_category: events } = expected
  compareDevice(found, summary, expected)
  compareSteps(found, summary, facts, expected)
  found.count('links', summary.counts.links, gpu.linked_to_launch)
  found.count('unread events', summary.counts.unread, 0)
  found.count('operators', summary.counts.byCategory.op, events.cpu_op)
  found.count('frames of Python', summary.counts.byCategory.python, events.python_function)
  found.count('calls of the runtime', sumOf(summary.apiCalls, 'count'), events.cuda_runtime)
  for (const [name, count] of Object.entries(expected.launches))
    found.count(`calls of ${name}`, summary.apiCalls.find(row => row.name === name)?.count, count)
  found.rows([...summary.kernels, ...summary.copies], expected.device_activities)
  found.rows(
    summary.operators.map(({ name, count, totalCpuNs }) => ({ name, count, totalNs: totalCpuNs })),
    expected.cpu_rows,
  )
  found.time('waiting for data', facts.dataLoading?.totalNs, expected.dataloader_ns)
  return found.sentences
}

function compareDevice(found: Differences, summary: TraceSummary, { gpu, events_by_category: events }: Truth): void {
  const [device] = summary.devices
  if (device === undefined || summary.devices.length > 1) {
    found.sentences.push(`${summary.devices.length} devices, but 1 was written`)
    return
  }
  found.count('kernels', device.kernels, events.kernel)
  found.count('copies', device.copies, events.gpu_memcpy)
  found.count('fills', device.fills, events.gpu_memset)
  found.count('pieces of device work', device.kernels + device.copies + device.fills, gpu.events)
  found.count('work without launch', device.withoutLaunch, gpu.without_launch)
  found.time('first to last work', device.endNs - device.startNs, gpu.first_to_last_ns)
  found.time('busy', device.busyNs, gpu.busy_union_ns)
  found.time('idle', device.idleNs, summary.spanNs - gpu.busy_union_ns)
  found.time('sum of work', device.sumNs, gpu.sum_ns)
  found.time('computing kernels', device.kernelNs, gpu.compute_kernel_union_ns)
  found.time('communication', device.communicationNs, gpu.communication_union_ns)
  const communication = summary.kernels.filter(row => row.communication)
  found.time('sum of communication', sumOf(communication, 'totalNs'), gpu.communication_sum_ns)
  found.time('sum of kernels', sumOf(summary.kernels, 'totalNs'), gpu.kernel_sum_ns)
  const ofCategory = (category: string) => summary.copies.filter(row => row.category === category)
  found.time('sum of copies', sumOf(ofCategory('memcpy'), 'totalNs'), gpu.memcpy_sum_ns)
  found.time('sum of fills', sumOf(ofCategory('memset'), 'totalNs'), gpu.memset_sum_ns)
}

function compareSteps(found: Differences, summary: TraceSummary, facts: TraceFacts, { steps, step_ns }: Truth): void {
  found.count('steps', facts.steps?.count, steps)
  found.count('steps listed', summary.steps.length, Math.min(steps, MOST_STEPS))
  found.time('the first step', facts.coldStart?.firstNs, step_ns.first)
  if (steps > MOST_STEPS) return
  const lengths = summary.steps.map(({ window }) => window.endNs - window.startNs)
  found.time(
    'all steps',
    lengths.reduce((sum, ns) => sum + ns, 0),
    step_ns.total,
  )
  found.time('the longest step', Math.max(...lengths), step_ns.longest)
}

type Sums = Pick<DurationStats, 'name' | 'count' | 'totalNs'>

const sumOf = (rows: readonly Sums[], of: 'count' | 'totalNs') => rows.reduce((sum, row) => sum + row[of], 0)

class Differences {
  readonly sentences: string[] = []

  count(what: string, found: number | undefined, expected = 0): void {
    if ((found ?? 0) !== expected) this.sentences.push(`${what}: ${found}, but ${expected} were written`)
  }

  time(what: string, foundNs: number | undefined, expectedNs: number): void {
    if (foundNs === undefined || !(Math.abs(foundNs - expectedNs) <= TOLERANCE_NS))
      this.sentences.push(`${what}: ${foundNs} ns, but ${expectedNs} ns were written`)
  }

  /** A row for each name, and no name of the generator's left out. */
  rows(rows: readonly Sums[], expected: Readonly<Record<string, z.infer<typeof Row>>>): void {
    for (const [name, { count, total_ns: totalNs }] of Object.entries(expected)) {
      const same = rows.filter(row => row.name === name)
      this.count(`${name}, rows`, same.length, 1)
      this.count(name, sumOf(same, 'count'), count)
      this.time(name, sumOf(same, 'totalNs'), totalNs)
    }
  }
}

import { expect, test } from 'vitest'
import { z } from 'zod'
import type { SliceCategory } from '#domain/trace-category.ts'
import { readHead } from '#formats/define.ts'
import { FORMATS } from '../../../src-main/catalog.ts'
import { memorySource } from '../../helpers/bytes.ts'
import type { RecordedSlice } from '../../helpers/recording-sink.ts'
import { sampleText, withoutSamples } from '../../helpers/samples.ts'
import { readTrace, traceBytes } from '../../helpers/trace-json.ts'

/** Figures of `reference.py`, which reads the same files with Python's Decimal and shares no code with us. */
const Reference = z.record(
  z.string(),
  z.object({
    by_ph_cat: z.record(z.string(), z.number()),
    devices: z.array(z.string()).nullable(),
    min_ts: z.number(),
    span_us: z.number(),
    profiler_step_count: z.number(),
    gpu_events: z.number(),
    gpu_kernel_sum_us: z.number(),
    gpu_memcpy_sum_us: z.number(),
    gpu_memset_sum_us: z.number(),
    gpu_all_union_us: z.number(),
    kernels_with_launch: z.number(),
    runtime_external_id_matches_cpu_op: z.number(),
    per_device: z.record(z.string(), z.object({ events: z.number(), busy_union_us: z.number() })),
    top5_kernels: z.array(z.object({ name: z.string(), count: z.number(), total_us: z.number() })),
    top_level_keys: z.record(z.string(), z.unknown()),
  }),
)
const references = withoutSamples
  ? []
  : Object.entries(Reference.parse(JSON.parse(sampleText('kineto/reference.json'))))

const ns = (us: number) => Math.round(us * 1000)
const sum = (slices: readonly RecordedSlice[]) => slices.reduce((total, each) => total + each.durationNs, 0)

/** Counts by the meaning of a category, whatever a torch version calls it. */
function expectedCounts(byPhaseAndCategory: Record<string, number>): Record<string, number> {
  const groups: Record<string, string> = {
    cpu_op: 'ops',
    operator: 'ops',
    user_annotation: 'ops',
    python_function: 'python',
    cuda_runtime: 'calls',
    cuda_driver: 'calls',
    runtime: 'calls',
    kernel: 'kernels',
    gpu_memcpy: 'copies',
    memcpy: 'copies',
    gpu_memset: 'fills',
    memset: 'fills',
    gpu_user_annotation: 'gpuRanges',
    cuda_sync: 'gpuSyncs',
    overhead: 'overhead',
  }
  const counts: Record<string, number> = {}
  for (const [key, count] of Object.entries(byPhaseAndCategory)) {
    const group = key.startsWith('X:') ? groups[key.slice(2).toLowerCase()] : undefined
    if (group !== undefined) counts[group] = (counts[group] ?? 0) + count
    else if (/^[sf]:fwdbwd$/.test(key)) counts.flows = (counts.flows ?? 0) + count
    else if (key === 'i:cpu_instant_event') counts.memory = count
  }
  return counts
}

const GROUPS: Readonly<Record<string, SliceCategory[]>> = {
  ops: ['op', 'annotation', 'data-loading'],
  python: ['python'],
  calls: ['runtime', 'sync'],
  copies: ['memcpy'],
  fills: ['memset'],
  kernels: ['kernel', 'communication'],
  gpuRanges: ['gpu-annotation'],
  gpuSyncs: ['gpu-sync'],
  overhead: ['overhead'],
}

function union(slices: readonly RecordedSlice[]): number {
  let end = Number.NEGATIVE_INFINITY
  let total = 0
  for (const { startNs, durationNs } of slices.toSorted((a, b) => a.startNs - b.startNs)) {
    const from = Math.max(end, startNs)
    end = Math.max(end, startNs + durationNs)
    total += Math.max(0, end - from)
  }
  return total
}

test.skipIf(withoutSamples)('there are 19 references', () => expect(references).toHaveLength(19))

test.each(references)(
  '%s: counts and times equal the reference, to the nanosecond',
  async (file, reference) => {
    const bytes = traceBytes(`kineto/${file}`)
    const sink = await readTrace(bytes)
    expect(sink.unreadPlaces).toEqual([])
    expect(sink.notices).toEqual([])
    expect(sink.told.tool).toBe('torch.profiler')

    const counts: Record<string, number> = {}
    for (const [group, categories] of Object.entries(GROUPS)) {
      const count = sink.of(...categories).length
      if (count > 0) counts[group] = count
    }
    if (sink.flows.length > 0) counts.flows = sink.flows.length
    const expected = expectedCounts(reference.by_ph_cat)
    if (sink.counters.length > 0) counts.memory = sink.counters.length
    // torch 1.9 writes memory instants without a category: 12840, of 12840 instants beside the profiler's own two.
    if (file.startsWith('torch1.9')) expected.memory = 12840 - 2
    expect(counts).toEqual(expected)
    expect(sink.slices.length).toBe(
      Object.entries(reference.by_ph_cat).reduce((n, [key, count]) => n + (/^X:(?!Trace)/.test(key) ? count : 0), 0),
    )
    expect(sink.told.facts?.recordedNs !== undefined).toBe('X:Trace' in reference.by_ph_cat)
    expect(sink.devices.map(({ name = '' }) => name)).toEqual(reference.devices ?? [])

    const kernels = sink.of('kernel', 'communication')
    const device = sink.of('kernel', 'communication', 'memcpy', 'memset')
    expect(device).toHaveLength(reference.gpu_events)
    expect(sum(kernels)).toBe(ns(reference.gpu_kernel_sum_us))
    expect(sum(sink.of('memcpy'))).toBe(ns(reference.gpu_memcpy_sum_us))
    expect(sum(sink.of('memset'))).toBe(ns(reference.gpu_memset_sum_us))
    expect(union(device)).toBe(ns(reference.gpu_all_union_us))
    for (const [id, { events, busy_union_us }] of Object.entries(reference.per_device)) {
      const own = device.filter(slice => sink.trackOf(slice).device === Number(id))
      expect([own.length, union(own)]).toEqual([events, ns(busy_union_us)])
    }
    for (const { name, count, total_us } of reference.top5_kernels) {
      const own = kernels.filter(kernel => kernel.name === name)
      expect([own.length, sum(own)]).toEqual([count, ns(total_us)])
    }

    const inSpan = sink.slices.filter(({ category }) => category !== 'overhead')
    const startNs = inSpan.reduce((least, each) => Math.min(least, each.startNs), Number.POSITIVE_INFINITY)
    const endNs = inSpan.reduce(
      (most, each) => Math.max(most, each.startNs + each.durationNs),
      Number.NEGATIVE_INFINITY,
    )
    expect(endNs - startNs).toBe(ns(reference.span_us))

    const launches = new Set(sink.of('runtime', 'sync').map(({ correlation }) => correlation))
    expect(device.filter(({ correlation }) => launches.has(correlation))).toHaveLength(reference.kernels_with_launch)
    const ops = new Set(sink.of('op', 'data-loading').map(({ operator }) => operator))
    expect(sink.of('runtime', 'sync').filter(({ operator }) => operator > 0 && ops.has(operator))).toHaveLength(
      reference.runtime_external_id_matches_cpu_op,
    )
    const steps = sink.of('annotation').filter(({ name }) => name.startsWith('ProfilerStep#'))
    expect(steps).toHaveLength(reference.profiler_step_count)
  },
  60_000,
)

test.each(references)('%s: the wall clock is kept', async (file, reference) => {
  const text = new TextDecoder().decode(traceBytes(`kineto/${file}`))
  const sink = await readTrace(text)
  const base = BigInt(/"baseTimeNanoseconds"\s*:\s*(\d+)/.exec(text)?.[1] ?? '0')
  const isKnown = base > 0n || reference.min_ts > 1e15
  expect(sink.told.baseUnixNs !== undefined).toBe(isKnown)
  if (sink.told.baseUnixNs === undefined) return
  const inSpan = sink.slices.filter(({ category }) => category !== 'overhead')
  const startNs = inSpan.reduce((least, each) => Math.min(least, each.startNs), Number.POSITIVE_INFINITY)
  const startUs = Number(BigInt(sink.told.baseUnixNs) + BigInt(startNs) - base) / 1000
  // The reference is written as a double of µs: 0.25 apart where stamps are absolute.
  expect(Math.abs(startUs - reference.min_ts)).toBeLessThanOrEqual(0.25)
})

test.each(references.map(([file]) => file))('%s: is claimed by one format', async file => {
  const head = await readHead(memorySource(traceBytes(`kineto/${file}`)))
  expect(FORMATS.filter(format => format.sniff(head)).map(({ id }) => id)).toEqual(['kineto'])
})

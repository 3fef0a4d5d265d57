import { z } from 'zod'
import type { TraceOrigin, TraceSink } from '#domain/trace-feed.ts'
import { mendObject } from './repair.ts'
import type { Tracks } from './tracks.ts'

/** Members of the trace's object beside the events that say something; all others are the user's. */
export const HEAD_MEMBERS: ReadonlySet<string> = new Set([
  'deviceProperties',
  'distributedInfo',
  'baseTimeNanoseconds',
  'cupti_version',
  'cuda_runtime_version',
  'cuda_driver_version',
  'roctracer_version',
  'rocprofiler_version',
  'hip_runtime_version',
  'hip_driver_version',
  'record_shapes',
  'profile_memory',
  'with_stack',
  'with_flops',
  'with_modules',
  'trace_id',
  'schemaVersion',
  'WARNING',
  'ERROR',
])

/** Of a member that says something; larger ones say nothing we know. */
export const MAX_HEAD_BYTES = 4 * 2 ** 20

const whole = z.int().min(0).optional().catch(undefined)
const Device = z.object({
  id: z.int().min(0),
  name: z.string().optional().catch(undefined),
  totalGlobalMem: z.number().min(0).optional().catch(undefined),
  numSms: whole,
  maxComputeUnits: whole,
  maxThreadsPerMultiprocessor: whole,
  computeMajor: whole,
  computeMinor: whole,
})
const Distributed = z.object({
  backend: z.string().max(50).optional().catch(undefined),
  rank: z.int().min(0).optional().catch(undefined),
  world_size: z.int().min(1).optional().catch(undefined),
  nccl_version: z.string().max(50).optional().catch(undefined),
})
const Texts = z.array(z.string()).catch([])
const MAX_MESSAGES = 5

type Facts = TraceOrigin['facts']

/** Reads what stands beside the events, in whatever order it comes. */
export class Head {
  /** What stamps count from, ns of Unix time. */
  baseNs: bigint | undefined
  readonly #sink: TraceSink
  readonly #tracks: Tracks

  constructor(sink: TraceSink, tracks: Tracks) {
    this.#sink = sink
    this.#tracks = tracks
  }

  /** @param raw the value as it stands */
  member(name: string, raw: string): void {
    if (name === 'baseTimeNanoseconds') {
      const digits = /^"?(\d{1,20})"?$/.exec(raw.trim())?.[1]
      if (digits !== undefined) this.baseNs = BigInt(digits)
      return
    }
    const value = parsed(raw)
    if (value === undefined) this.#sink.unread(`"${name}" of the trace is broken JSON`, name)
    else if (name === 'deviceProperties') this.#devices(value)
    else if (name === 'distributedInfo') this.#distributed(value)
    else if (name === 'WARNING' || name === 'ERROR') this.#messages(name, value)
    else this.#fact(name, value)
  }

  #devices(value: unknown): void {
    for (const entry of Array.isArray(value) ? value : []) {
      const device = Device.safeParse(entry)
      if (!device.success) {
        this.#sink.unread('a device without a number', 'deviceProperties')
        continue
      }
      const { id, name = '', totalGlobalMem, numSms, maxComputeUnits, computeMajor, computeMinor } = device.data
      const multiprocessors = numSms ?? maxComputeUnits
      const { maxThreadsPerMultiprocessor } = device.data
      this.#sink.device({
        id,
        ...(name === '' ? {} : { name }),
        ...(totalGlobalMem === undefined ? {} : { memoryBytes: totalGlobalMem }),
        ...(multiprocessors === undefined ? {} : { multiprocessors }),
        ...(maxThreadsPerMultiprocessor === undefined ? {} : { maxThreadsPerMultiprocessor }),
        ...(computeMajor === undefined ? {} : { computeCapability: `${computeMajor}.${computeMinor ?? 0}` }),
      })
      if (name !== '') this.#tracks.nameDevice(id, name)
    }
  }

  #distributed(value: unknown): void {
    const info = Distributed.safeParse(value)
    if (!info.success) return
    const { rank, world_size, backend, nccl_version } = info.data
    const facts: Facts = {}
    if (backend !== undefined) facts.distributedBackend = backend
    if (nccl_version !== undefined) facts.ncclVersion = nccl_version
    this.#sink.origin({
      ...(rank === undefined ? {} : { rank }),
      ...(world_size === undefined ? {} : { worldSize: world_size }),
      facts,
    })
  }

  #messages(kind: 'WARNING' | 'ERROR', value: unknown): void {
    const word = kind === 'ERROR' ? 'error' : 'warning'
    for (const text of Texts.parse(value).slice(0, MAX_MESSAGES)) {
      this.#sink.notice(`The profiler's own ${word}: ${text.trim().slice(0, 300)}`)
    }
  }

  #fact(name: string, value: unknown): void {
    if (typeof value === 'string') this.#sink.origin({ facts: { [name]: value.slice(0, 200) } })
    else if (typeof value === 'number') this.#sink.origin({ facts: { [name]: factOfNumber(name, value) } })
  }
}

/** 12090 is CUDA 12.9, 60443484 HIP 6.4.43484; options are 1 where they were on. */
function factOfNumber(name: string, value: number): string | number | boolean {
  const part = (divisor: number, range: number) => Math.floor(value / divisor) % range
  if (/^cuda_.*_version$/.test(name)) return `${part(1000, 1000)}.${part(10, 100)}`
  if (/^hip_.*_version$/.test(name)) return `${part(1e7, 1000)}.${part(1e5, 100)}.${part(1, 1e5)}`
  return /^(?:record|profile|with)_/.test(name) ? value !== 0 : value
}

/** JSON as it should be, or mended; undefined where neither. */
function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const mended = mendObject(raw.startsWith('{') ? raw : `{"value":${raw}}`)
  if (mended === undefined || mended.hasRest) return undefined
  const value: unknown = JSON.parse(mended.json)
  return raw.startsWith('{') ? value : z.object({ value: z.unknown() }).parse(value).value
}

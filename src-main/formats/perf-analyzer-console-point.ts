import type { Failure } from '#domain/errors.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { LatencyMs, PartsMs, ServerCounts } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
import { numberCell, wholeCell } from './csv-text.ts'
import type { ImportedPoint } from './define.ts'
import { meanInFlight } from './perf-analyzer-columns.ts'

const US_PER_MS = 1000
const FIXED = ['p50', 'p90', 'p95', 'p99'] as const
const FAILURES = /^(?:Failed to|error:|Error:|Thread \[|Perf Analyzer is not|.*\bhad error:)/
const COUNTS = [
  ['inferenceCount', /^Inference count: (\d+)/],
  ['executionCount', /^Execution count: (\d+)/],
  ['cacheHitCount', /^Cache hit count: (\d+)/],
  ['cacheMissCount', /^Cache miss count: (\d+)/],
  ['successCount', /^Successful request count: (\d+)/],
] as const satisfies readonly (readonly [keyof ServerCounts, RegExp])[]
const GPU_TITLES = {
  'Avg GPU Utilization': 'utilization',
  'Avg GPU Power Usage': 'powerW',
  'Max GPU Memory Usage': 'memoryUsedBytes',
  'Total GPU Memory': 'memoryTotalBytes',
} as const satisfies Record<string, keyof GpuMetrics>

interface Level {
  /** Line of the file where the level begins. */
  no: number
  batch: number
  concurrency?: number
  requestRate?: number
}

type Finished = { point: ImportedPoint } | { skipped: { where: string; why: string } }

/** One load level of perf_analyzer's console output, line after line. */
export class ConsolePoint {
  readonly notices: string[] = []
  readonly flags = new Set<string>()
  readonly #level: Level
  readonly #latency: LatencyMs = {}
  readonly #otherPercentiles: Record<string, number> = {}
  readonly #ends: { sendMs?: number; receiveMs?: number; bothMs?: number } = {}
  readonly #models: ServerCounts[] = []
  readonly #passes: { inferPerSec: number; meanMs: number | undefined }[] = []
  readonly #failures: string[] = []
  readonly #gpus = new Map<string, GpuMetrics>()
  #gpuField: Exclude<keyof GpuMetrics, 'uuid'> | undefined
  #protocol: string | undefined
  #requests: number | undefined
  #inferPerSec: number | undefined
  /** The line of the throughput, where it says `nan`. */
  #unreadable: string | undefined
  #responsesPerSec: number | undefined

  constructor(level: Level) {
    this.#level = level
  }

  line(line: string): void {
    if (FAILURES.test(line)) this.#failures.push(line)
    else if (/not able to keep up with the desired load/i.test(line)) this.flags.add('delayed-requests')
    else if (!this.#clientLine(line) && !this.#serverLine(line)) this.#gpuLine(line)
  }

  #clientLine(line: string): boolean {
    const [, rate, passLatency] =
      /^Pass \[\d+\] throughput: ([\d.e+]+) infer\/sec\.(?: Avg latency: (\d+) usec)?/.exec(line) ?? []
    if (rate !== undefined) {
      const inferPerSec = numberCell(rate)
      if (inferPerSec !== undefined) this.#passes.push({ inferPerSec, meanMs: ms(passLatency) })
      return true
    }
    const [, requests] = /^Request count: (\d+)/.exec(line) ?? []
    const [, throughput] = /^Throughput: (\S+) infer\/sec/.exec(line) ?? []
    const [, responses] = /^Response Throughput: ([\d.e+]+) infer\/sec/.exec(line) ?? []
    const [, mean, std] = /^Avg latency: (\d+) usec \(standard deviation (\d+) usec\)/.exec(line) ?? []
    const [, percentile = '', value] = /^(p[\d.]+) latency: (\d+) usec/.exec(line) ?? []
    const [, protocol, split = ''] = /^Avg (gRPC|HTTP) time: \d+ usec \((.*)\)/.exec(line) ?? []
    if (requests !== undefined) this.#requests = wholeCell(requests)
    else if (throughput !== undefined) {
      this.#inferPerSec = numberCell(throughput)
      if (this.#inferPerSec === undefined) this.#unreadable = line
    } else if (responses !== undefined) this.#responsesPerSec = numberCell(responses)
    else if (mean !== undefined) Object.assign(this.#latency, known({ mean: ms(mean), std: ms(std) }))
    else if (value !== undefined) {
      const isFixed = FIXED.some(name => name === percentile)
      Object.assign(isFixed ? this.#latency : this.#otherPercentiles, known({ [percentile]: ms(value) }))
    } else if (protocol !== undefined) {
      this.#protocol = protocol.toLowerCase()
      const both = /^(?:\(un\)marshal request\/response|send\/recv) (\d+) usec/.exec(split)?.[1]
      const send = /(?:^|\+ )(?:marshal|send) (\d+) usec/.exec(split)?.[1]
      const receive = /(?:^|\+ )(?:unmarshal|receive) (\d+) usec/.exec(split)?.[1]
      Object.assign(this.#ends, known({ bothMs: ms(both), sendMs: ms(send), receiveMs: ms(receive) }))
    } else return false
    return true
  }

  #serverLine(line: string): boolean {
    const [, name, version] = /^(\S.*), version: (\S+)$/.exec(line) ?? []
    if (line === 'Server:') this.#models.push(emptyCounts(UNKNOWN, UNKNOWN))
    else if (name !== undefined && version !== undefined) this.#models.push(emptyCounts(name, version))
    const model = this.#models.at(-1)
    if (model === undefined) return false
    for (const [count, pattern] of COUNTS) {
      const [, value] = pattern.exec(line) ?? []
      Object.assign(model, known({ [count]: wholeCell(value) }))
    }
    const [, stages] =
      /^(?:Avg request latency|Average Cache Miss Latency): \d+ usec \((.*)\)$/.exec(line) ??
      /^(Average Cache Hit Latency: \d+ usec)$/.exec(line) ??
      []
    if (stages === undefined) return false
    const stage = (words: string) => new RegExp(String.raw`(?:^|\+ )${words} (\d+) usec`).exec(stages)?.[1]
    const parts = model.partsMs ?? {}
    model.partsMs = parts
    const set = (part: keyof PartsMs, words: string) => {
      Object.assign(parts, known({ [part]: ms(stage(words)) }))
    }
    set('queue', 'queue')
    set('computeInput', 'compute input')
    set('computeInfer', 'compute infer')
    set('computeOutput', 'compute output')
    set('cacheHit', 'Average Cache Hit Latency:')
    set('cacheMiss', 'cache lookup/insertion')
    Object.assign(model, known({ overheadMs: ms(stage('overhead')) }))
    return true
  }

  #gpuLine(line: string): void {
    const [, title] = /^((?:Avg|Max|Total) GPU [\w ]+):$/.exec(line) ?? []
    if (title !== undefined) {
      this.#gpuField = Object.entries(GPU_TITLES).find(([known]) => known === title)?.[1]
      return
    }
    const [, uuid, text = '', unit] = /^(GPU-\S+|MIG-\S+) : ([\d.e+]+)\s*(%|watts|bytes)$/.exec(line) ?? []
    if (uuid === undefined || this.#gpuField === undefined) return
    const gpu = this.#gpus.get(uuid) ?? { uuid }
    const value = numberCell(text)
    if (value !== undefined) gpu[this.#gpuField] = unit === '%' ? value / 100 : value
    this.#gpus.set(uuid, gpu)
  }

  finish(): Finished {
    const { no, batch, requestRate } = this.#level
    const failed = this.#failures.length > 0 ? this.#failure() : undefined
    if (failed !== undefined && this.#inferPerSec === undefined) this.#fromPasses()
    const inferPerSec = this.#inferPerSec
    if (failed === undefined && (inferPerSec === undefined || Object.keys(this.#latency).length === 0)) {
      const why = `the log ends inside ${this.#name()}`
      const unread = this.#unreadable && `no number under ${this.#name()}: ${this.#unreadable.slice(0, 60)}`
      return { skipped: { where: `line ${no}`, why: unread ?? why } }
    }
    const measured = inferPerSec !== undefined
    const concurrency =
      this.#level.concurrency ?? meanInFlight(inferPerSec, batch, this.#latency.mean ?? this.#latency.p50)
    const server = this.#server()
    const partsMs = measured && failed === undefined ? this.#parts(server) : undefined
    if (measured && failed === undefined && server === undefined) this.flags.add('no-statistics')
    return {
      point: {
        runtime: 'triton',
        batch,
        concurrency,
        ...(requestRate === undefined ? {} : { requestRate }),
        ...(measured ? { inferPerSec, latencyMs: this.#latency } : {}),
        ...(Object.keys(this.#otherPercentiles).length === 0 ? {} : { otherPercentilesMs: this.#otherPercentiles }),
        ...(this.#responsesPerSec === undefined ? {} : { responsesPerSec: this.#responsesPerSec }),
        ...(this.#requests === undefined
          ? {}
          : { requests: { completed: this.#requests, errors: 0 }, samples: { count: this.#requests, warmup: 0 } }),
        ...(partsMs === undefined ? {} : { partsMs }),
        ...(server === undefined ? {} : { server }),
        ...(this.#protocol === undefined ? {} : { transport: { protocol: this.#protocol, sharedMemory: UNKNOWN } }),
        ...(this.#gpus.size === 0 ? {} : { gpus: [...this.#gpus.values()] }),
        ...(failed === undefined || measured ? {} : { error: failed }),
        flags: [...this.flags],
      },
    }
  }

  /** perf_analyzer's own words, and what they mean for the point. */
  #failure(): Failure {
    const [first = ''] = this.#failures
    const unstable = this.#failures.some(line => /Failed to obtain stable measurement/.test(line))
    if (unstable) this.flags.add('unstable')
    if (this.#failures.some(line => /had error:/.test(line))) this.flags.add('server-errors')
    this.notices.push(`${this.#name()}: ${first}`)
    return {
      code: 'TOOL_FAILED',
      message: first,
      where: this.#name(),
      ...(this.#failures.length > 1 ? { detail: this.#failures.join('\n') } : {}),
      hint: unstable
        ? 'perf_analyzer drops unstable points. Run it with -v to keep its windows in the log, or use `batchscope sweep`.'
        : 'perf_analyzer ends at the first failed request. `batchscope sweep` counts it and goes on.',
    }
  }

  /** What -v printed of the last three windows, which last equally long: better than nothing, and flagged. */
  #fromPasses(): void {
    const last = this.#passes.slice(-3)
    if (last.length === 0) return
    const rates = last.reduce((sum, { inferPerSec }) => sum + inferPerSec, 0)
    this.#inferPerSec = rates / last.length
    const weighted = last.reduce((sum, { inferPerSec, meanMs = 0 }) => sum + inferPerSec * meanMs, 0)
    if (rates > 0 && last.every(({ meanMs }) => meanMs !== undefined)) this.#latency.mean = weighted / rates
    this.notices.push(`${this.#name()}: figures are of the last ${last.length} windows that -v printed.`)
  }

  #server(): { model: ServerCounts; composing: ServerCounts[] } | undefined {
    const [model, ...composing] = this.#models
    if (model === undefined) return undefined
    for (const each of this.#models) withoutUnusedCache(each)
    if (model.cacheHitCount) this.flags.add('cache-parts')
    return { model, composing }
  }

  /** Client and server parts and what they leave. An ensemble's compute is the sum over its models, per its request. */
  #parts(server: { model: ServerCounts; composing: ServerCounts[] } | undefined): PartsMs {
    const { sendMs, receiveMs, bothMs } = this.#ends
    if (bothMs !== undefined) {
      this.notices.push('Client Send holds send and receive together: without -v the log prints only their sum.')
    }
    const ends: PartsMs = {
      ...((sendMs ?? bothMs) === undefined ? {} : { clientSend: sendMs ?? bothMs }),
      ...(receiveMs === undefined ? {} : { clientRecv: receiveMs }),
    }
    if (server === undefined) return ends
    const parts: PartsMs = { ...ends, ...server.model.partsMs, ...composingCompute(server) }
    const { mean } = this.#latency
    if (mean === undefined) {
      this.notices.push(
        'With --percentile the log prints no mean latency: avg and Network+Server Send/Recv are absent.',
      )
      return parts
    }
    const explained = Object.values(parts).reduce<number>((sum, value) => sum + (value ?? 0), 0)
    // Differences of whole microseconds: rounded, so that no digits appear that were never there.
    parts.network = Math.max(0, Math.round((mean - explained) * US_PER_MS)) / US_PER_MS
    return parts
  }

  #name(): string {
    const { concurrency, requestRate } = this.#level
    return concurrency === undefined ? `request rate ${requestRate}` : `concurrency ${concurrency}`
  }
}

function ms(usec: string | undefined): number | undefined {
  const value = numberCell(usec)
  return value === undefined ? undefined : value / US_PER_MS
}

/** Without what was not printed, or not as a number. */
function known(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function emptyCounts(name: string, version: string): ServerCounts {
  return { name, version, inferenceCount: 0, executionCount: 0, successCount: 0 }
}

/** perf_analyzer prints cache lines for any model configured with a cache; without hits and misses there is none. */
function withoutUnusedCache(model: ServerCounts): void {
  if ((model.cacheHitCount ?? 0) + (model.cacheMissCount ?? 0) > 0 || model.partsMs === undefined) return
  delete model.partsMs.cacheHit
  delete model.partsMs.cacheMiss
}

function composingCompute({ model, composing }: { model: ServerCounts; composing: ServerCounts[] }): PartsMs {
  if (composing.length === 0 || model.successCount === 0) return {}
  const sum = (part: 'computeInput' | 'computeInfer' | 'computeOutput') =>
    composing.reduce((total, each) => total + ((each.partsMs?.[part] ?? 0) * each.successCount) / model.successCount, 0)
  return { computeInput: sum('computeInput'), computeInfer: sum('computeInfer'), computeOutput: sum('computeOutput') }
}

import type { Failure } from '#domain/errors.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { LatencyMs, PartsMs, ServerCounts } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
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
      this.#passes.push({ inferPerSec: Number(rate), meanMs: passLatency === undefined ? undefined : ms(passLatency) })
      return true
    }
    const [, requests] = /^Request count: (\d+)/.exec(line) ?? []
    const [, throughput] = /^Throughput: ([\d.e+]+) infer\/sec/.exec(line) ?? []
    const [, responses] = /^Response Throughput: ([\d.e+]+) infer\/sec/.exec(line) ?? []
    const [, mean, std] = /^Avg latency: (\d+) usec \(standard deviation (\d+) usec\)/.exec(line) ?? []
    const [, percentile = '', value] = /^(p[\d.]+) latency: (\d+) usec/.exec(line) ?? []
    const [, protocol, split = ''] = /^Avg (gRPC|HTTP) time: \d+ usec \((.*)\)/.exec(line) ?? []
    if (requests !== undefined) this.#requests = Number(requests)
    else if (throughput !== undefined) this.#inferPerSec = Number(throughput)
    else if (responses !== undefined) this.#responsesPerSec = Number(responses)
    else if (mean !== undefined) Object.assign(this.#latency, { mean: ms(mean), std: ms(std) })
    else if (value !== undefined) {
      const fixed = FIXED.find(name => name === percentile)
      if (fixed === undefined) this.#otherPercentiles[percentile] = ms(value)
      else this.#latency[fixed] = ms(value)
    } else if (protocol !== undefined) {
      this.#protocol = protocol.toLowerCase()
      const both = /^(?:\(un\)marshal request\/response|send\/recv) (\d+) usec/.exec(split)?.[1]
      const send = /(?:^|\+ )(?:marshal|send) (\d+) usec/.exec(split)?.[1]
      const receive = /(?:^|\+ )(?:unmarshal|receive) (\d+) usec/.exec(split)?.[1]
      if (both !== undefined) this.#ends.bothMs = ms(both)
      if (send !== undefined) this.#ends.sendMs = ms(send)
      if (receive !== undefined) this.#ends.receiveMs = ms(receive)
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
      if (value !== undefined) model[count] = Number(value)
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
      const value = stage(words)
      if (value !== undefined) parts[part] = ms(value)
    }
    set('queue', 'queue')
    set('computeInput', 'compute input')
    set('computeInfer', 'compute infer')
    set('computeOutput', 'compute output')
    set('cacheHit', 'Average Cache Hit Latency:')
    set('cacheMiss', 'cache lookup/insertion')
    const overhead = stage('overhead')
    if (overhead !== undefined) model.overheadMs = ms(overhead)
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
    gpu[this.#gpuField] = unit === '%' ? Number(text) / 100 : Number(text)
    this.#gpus.set(uuid, gpu)
  }

  finish(): Finished {
    const { no, batch, requestRate } = this.#level
    const failed = this.#failures.length > 0 ? this.#failure() : undefined
    if (failed !== undefined && this.#inferPerSec === undefined) this.#fromPasses()
    const inferPerSec = this.#inferPerSec
    if (failed === undefined && (inferPerSec === undefined || Object.keys(this.#latency).length === 0)) {
      return { skipped: { where: `line ${no}`, why: `the log ends inside ${this.#name()}` } }
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

function ms(usec: string | undefined): number {
  return Number(usec) / US_PER_MS
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

import type { ByteSource } from '../define.ts'
import { Samples } from './samples.ts'

/** Queries of one run as `--exportTimes` has them, a value a query, ms, in order, warm-up included where the file has it. */
export interface QueryTimes {
  count: number
  /** Leading queries of the warm-up: 8.5 and later leave them out. */
  warmup: number
  latencyMs: Float64Array
  gpuComputeMs: Float64Array
  h2dMs: Float64Array
  d2hMs: Float64Array
  /** Absent in 7.0. */
  enqueueMs?: Float64Array
  /** From the first counted query's first copy to the last one's end. */
  spanMs?: number
  /** The file ends in the middle, or values are not numbers: so many queries were left out. */
  broken: number
}

export interface TimesOptions {
  /** As the run was asked for; trtexec's default otherwise. */
  warmUpMs?: number
  signal?: AbortSignal
}

const DEFAULT_WARM_UP_MS = 200
const CHUNK_BYTES = 2 ** 20
/** An object has some 270 bytes; what is open for longer is none. */
const MAX_OBJECT = 4096
/** 270 B each: a file of 2 GB. */
const MAX_QUERIES = 8_000_000

/**
 * `--exportTimes`, streamed: an object a query. From 8.0 on start and end of H2D, compute, D2H and enqueue; 7.x has
 * other names, and 7.1 and 7.2 swap enqueue and input copy. Documents of several runs may stand after each other.
 * Source: sampleReporting.cpp (exportJSONTrace), 7.0 to 11.1, and recorded files.
 */
export async function readTimes(source: ByteSource, options: TimesOptions = {}): Promise<QueryTimes[]> {
  const { warmUpMs = DEFAULT_WARM_UP_MS, signal } = options
  const documents: QueryCollector[] = []
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) {
    signal?.throwIfAborted()
    rest += decoder.decode(await source.read(offset, CHUNK_BYTES), { stream: true })
    rest = takeObjects(rest, documents, warmUpMs)
  }
  if (rest.includes('{')) documents.at(-1)?.breaks()
  return documents.map(document => document.times())
}

/** Reads whole objects from the text. @returns what is left of it: the begin of one that is not whole yet */
function takeObjects(text: string, documents: QueryCollector[], warmUpMs: number): string {
  let at = 0
  for (;;) {
    const open = text.indexOf('{', at)
    const between = text.slice(at, open < 0 ? text.length : open)
    if (between.includes('[')) documents.push(new QueryCollector(warmUpMs))
    if (open < 0) return ''
    const close = text.indexOf('}', open)
    if (close < 0) {
      if (text.length - open <= MAX_OBJECT) return text.slice(open)
      documents.at(-1)?.breaks()
      return ''
    }
    documents.at(-1)?.query(text.slice(open + 1, close))
    at = close + 1
  }
}

const MEMBER = /"(\w+)"\s*:\s*([^\s,}]+)/g

class QueryCollector {
  readonly #warmUpMs: number
  readonly #latency = new Samples()
  readonly #gpuCompute = new Samples()
  readonly #h2d = new Samples()
  readonly #d2h = new Samples()
  readonly #enqueue = new Samples()
  #warmup = 0
  #broken = 0
  #firstMs: number | undefined
  #lastMs: number | undefined

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs
  }

  breaks(): void {
    this.#broken++
  }

  query(body: string): void {
    const values = new Map<string, number>()
    for (const [, name = '', number] of body.matchAll(MEMBER)) {
      const value = Number(number)
      if (Number.isFinite(value)) values.set(name, value)
    }
    const [compute, latency] = [values.get('computeMs'), values.get('latencyMs')]
    const [h2d, d2h] = [values.get('h2dMs') ?? values.get('inMs'), values.get('d2hMs') ?? values.get('outMs')]
    const start = values.get('startComputeMs')
    const times = [compute, latency, h2d, d2h]
    if (
      times.some(time => time === undefined || time < 0) ||
      start === undefined ||
      this.#latency.length >= MAX_QUERIES
    ) {
      this.#broken++
      return
    }
    this.#latency.push(latency ?? 0)
    this.#gpuCompute.push(compute ?? 0)
    this.#h2d.push(h2d ?? 0)
    this.#d2h.push(d2h ?? 0)
    const enqueue = enqueueOf(values)
    if (enqueue !== undefined) this.#enqueue.push(enqueue)
    if (start < this.#warmUpMs && this.#warmup === this.#latency.length - 1) this.#warmup++
    else {
      this.#firstMs ??= values.get('startH2dMs') ?? start
      this.#lastMs = values.get('endD2hMs') ?? values.get('endOutMs')
    }
  }

  times(): QueryTimes {
    const count = this.#latency.length
    const span = this.#firstMs === undefined || this.#lastMs === undefined ? undefined : this.#lastMs - this.#firstMs
    return {
      count,
      warmup: this.#warmup,
      latencyMs: this.#latency.values(),
      gpuComputeMs: this.#gpuCompute.values(),
      h2dMs: this.#h2d.values(),
      d2hMs: this.#d2h.values(),
      ...(this.#enqueue.length === count && count > 0 ? { enqueueMs: this.#enqueue.values() } : {}),
      ...(span === undefined || span <= 0 ? {} : { spanMs: span }),
      broken: this.#broken,
    }
  }
}

/** 7.1 and 7.2 write the enqueue as startInMs and endInMs, and the copy as startEnqMs and endEnqMs. */
function enqueueOf(values: ReadonlyMap<string, number>): number | undefined {
  const isSwapped = values.has('startInMs') && values.has('startEnqMs')
  const start = values.get(isSwapped ? 'startInMs' : 'startEnqMs')
  const end = values.get(isSwapped ? 'endInMs' : 'endEnqMs')
  return start === undefined || end === undefined || end < start ? undefined : end - start
}

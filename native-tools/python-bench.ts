import { fileURLToPath } from 'node:url'
import { EngineError } from '#domain/errors.ts'
import { describeDeath } from './death.ts'
import {
  type PythonBenchDone,
  type PythonBenchFailed,
  type PythonBenchMessage,
  pythonBenchFailure,
  pythonBenchMessage,
} from './python-bench-messages.ts'
import { type ChildEnd, startChild } from './spawn.ts'
import { boundTo, coresRefused } from './taskset.ts'

const HELPER = fileURLToPath(new URL('python/batchscope_bench', import.meta.url))
/** A model that prints in every call must not fill the run's log. */
const MAX_LOG_LINES = 500
/** After its last word the process is expected to end by itself. */
const EXIT_GRACE_MS = 3000

/** What the helper is asked for: `request.py` describes it. */
export interface PythonBenchRequest {
  library: 'torch' | 'onnxruntime'
  modelPath?: string
  precision: string
  /** Raw little-endian values in C order, strings as a JSON list. */
  inputs: { name: string; dtype: string; shape: number[]; path: string }[]
  rules: { warmup: number; minCalls: number; minMs: number; maxMs: number }
  options: Record<string, unknown>
  /** Nobody holds its standard input: it runs to its end, with inputs it makes up where they have no path. */
  alone?: boolean
}

export interface PythonBench {
  /** Path of the interpreter. */
  python: string
  request: PythonBenchRequest
  /** Added to the scrubbed environment. */
  env?: Readonly<Record<string, string>>
  /** Cores of the whole process, as "0,2-3"; empty: all. */
  affinity?: string
  /** Better words for a failure than the table has. */
  explain?: (failed: PythonBenchFailed) => EngineError | undefined
}

export interface PythonBenchTalk {
  say(phase: string, live?: { iterations: number; meanMs: number }): void
  log(stream: 'stdout' | 'stderr' | 'app', text: string): void
}

export interface PythonBenchEnd {
  done: PythonBenchDone
  /** In ms, each as long as `done.count`. */
  series: Map<string, Float64Array<ArrayBuffer>>
}

/** Arguments of the whole child. @throws EngineError where cores cannot be chosen */
export function pythonBenchArgv({ python, request, affinity = '' }: PythonBench): string[] {
  return [...(affinity === '' ? [] : boundTo(affinity)), python, HELPER, JSON.stringify(request)]
}

/**
 * One point in the user's interpreter, in a process of its own. What the user's code prints is log, whatever it looks
 * like; what it leaves running is ended.
 * @throws EngineError what the helper told, CHILD_DIED when it could not, TIMEOUT, CANCELLED
 */
export async function runPythonBench(
  bench: PythonBench,
  talk: PythonBenchTalk,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<PythonBenchEnd> {
  const { env, affinity = '', explain } = bench
  const chunks = new Map<string, Buffer[]>()
  let last: PythonBenchDone | PythonBenchFailed | undefined
  let exit: NodeJS.Timeout | undefined
  const log = limitedLog(talk)
  const child = startChild({
    argv: pythonBenchArgv(bench),
    holdStdin: true,
    signal,
    timeoutMs,
    ...(env === undefined ? {} : { env }),
    onLine(stream, text) {
      const message = stream === 'stdout' && last === undefined ? pythonBenchMessage(text) : undefined
      if (message === undefined) log(stream, text)
      else hear(message)
    },
  })
  function hear(message: PythonBenchMessage): void {
    if (message.type === 'phase') talk.say(message.phase)
    else if (message.type === 'live') {
      talk.say('measuring', { iterations: message.iterations, meanMs: message.meanMs })
    } else if (message.type === 'log') log('app', message.text)
    else if (message.type === 'samples') {
      const known = chunks.get(message.series) ?? []
      known.push(Buffer.from(message.data, 'base64'))
      chunks.set(message.series, known)
    } else {
      last = message
      exit = setTimeout(() => child.kill(), EXIT_GRACE_MS)
    }
  }
  const cancel = () => child.closeStdin()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const end = await child.done
    signal.throwIfAborted()
    if (last?.type === 'done') return { done: last, series: seriesOf(chunks, last.count) }
    if (last?.type === 'failed') throw explain?.(last) ?? pythonBenchFailure(last)
    throw withoutAnswer(end, affinity, timeoutMs)
  } finally {
    clearTimeout(exit)
    signal.removeEventListener('abort', cancel)
  }
}

function withoutAnswer(end: ChildEnd, affinity: string, timeoutMs: number): EngineError {
  if (end.timedOut) {
    return new EngineError('TIMEOUT', `The Python process did not finish within ${timeoutMs} ms`, {
      hint: 'Allow more time, or measure a smaller batch.',
      ...(end.lastStderr.length > 0 ? { detail: end.lastStderr.join('\n') } : {}),
    })
  }
  if (affinity !== '' && end.lastStderr[0]?.startsWith('taskset: ') === true) {
    return coresRefused(affinity, end.lastStderr)
  }
  return describeDeath('The Python process', end)
}

function seriesOf(chunks: ReadonlyMap<string, Buffer[]>, count: number): Map<string, Float64Array<ArrayBuffer>> {
  return new Map(
    [...chunks].map(([name, parts]) => {
      const bytes = Buffer.concat(parts)
      if (bytes.length !== count * Float64Array.BYTES_PER_ELEMENT) {
        throw new EngineError('INTERNAL', `${bytes.length / 8} of ${count} samples arrived of ${name}`)
      }
      return [name, Float64Array.from({ length: count }, (_, i) => bytes.readDoubleLE(i * 8))]
    }),
  )
}

function limitedLog(talk: PythonBenchTalk): PythonBenchTalk['log'] {
  let lines = 0
  return (stream, text) => {
    lines++
    if (lines <= MAX_LOG_LINES) talk.log(stream, text)
    else if (lines === MAX_LOG_LINES + 1) talk.log('app', 'More lines are left out of this log.')
  }
}

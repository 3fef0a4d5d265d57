import { EngineError } from '#domain/errors.ts'
import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import { captureOutput } from './capture-output.ts'
import { findProgram, findProgramIfAny } from './find-program.ts'
import { NVIDIA_SMI_SEARCH } from './nvidia-smi.ts'
import {
  busyGpus,
  COMPUTE_APPS_ARGS,
  knownFields,
  type LookFields,
  lookFields,
  parseGpuList,
  parseLook,
  powerReading,
  staticArgs,
  staticFields,
  type WatchedGpu,
  watchArgs,
} from './nvidia-smi-watch.ts'
import { type Child, type ChildEnd, startChild } from './spawn.ts'

/** Five looks a second: clocks and power change slower, and a look costs the driver well under a millisecond. */
const DEFAULT_EVERY_MS = 200
/** Faster looks would tell the same values again (power is read anew every 20 to 100 ms) and could cost the measurement. */
const LEAST_EVERY_MS = 100
/** Without persistence mode the driver wakes the GPU for every question: seconds. */
const QUESTION_TIMEOUT_MS = 8_000
/** A pipe may make nvidia-smi keep its lines back; its own clock is believed as far as that can reach. */
const MOST_DELAY_MS = 30_000
/** nvidia-smi ends its loop at Ctrl+C and prints what it still holds. */
const LAST_WORDS_MS = 500

export interface GpuWatchOptions {
  configuredPath?: string
  everyMs?: number
  /** Zero of every `atMs`, ms since the epoch. */
  startedAt: number
  /** While it is not yet watching; a running watch is stopped. */
  signal?: AbortSignal
  /** The watch ended by itself: why, and after how long. What was seen until then is kept. */
  onDeath(why: string): void
}

/** GPUs of this machine under observation by one child. */
export interface GpuWatch {
  /** 'nvidia-smi 570.124.06'. */
  readonly source: string
  readonly everyMs: number
  readonly gpus: readonly WatchedGpu[]
  /** Without their samples. */
  readonly series: readonly Omit<GpuSeries, 'samples'>[]
  /** All that was seen of the nth series since it was last asked; in order of time. */
  take(nth: number): GpuSample[]
  stop(): Promise<void>
}

/**
 * Starts to look at all GPUs. It asks first what driver and GPUs can tell, which takes a moment, so that nothing but
 * the looks themselves happens while something is measured.
 * @throws EngineError TOOL_MISSING: no nvidia-smi; TOOL_FAILED: it does not answer or there is no GPU; what `signal`
 * aborted with
 */
export async function startGpuWatch(options: GpuWatchOptions): Promise<GpuWatch> {
  const { configuredPath, everyMs = DEFAULT_EVERY_MS, signal } = options
  const path = findProgram({ ...NVIDIA_SMI_SEARCH, ...(configuredPath ? { configuredPath } : {}) })
  const known = knownFields((await ask(path, ['--help-query-gpu'], signal)).stdout)
  const about = staticFields(known)
  const { stdout, stderr, exitCode } = await ask(path, staticArgs(about), signal)
  const gpus = exitCode === 0 ? parseGpuList(stdout, about) : []
  if (gpus.length === 0) {
    const said = `${stdout}\n${stderr}`.split('\n').find(line => line.trim() !== '')
    throw new EngineError('TOOL_FAILED', `nvidia-smi tells of no GPU${said === undefined ? '' : `: ${said.trim()}`}`, {
      where: path,
    })
  }
  const apps = await ask(path, COMPUTE_APPS_ARGS, signal)
  const busy = apps.exitCode === 0 ? busyGpus(apps.stdout) : undefined
  const watched = { gpus, busy, fields: lookFields(known), everyMs: Math.max(LEAST_EVERY_MS, everyMs) }
  return new RunningWatch(path, watched, options)
}

interface Watched {
  gpus: readonly WatchedGpu[]
  /** UUIDs on which something computes already; absent: not told. */
  busy: ReadonlySet<string> | undefined
  fields: LookFields
  everyMs: number
}

class RunningWatch implements GpuWatch {
  readonly source: string
  readonly everyMs: number
  readonly gpus: readonly WatchedGpu[]
  readonly series: readonly Omit<GpuSeries, 'samples'>[]
  readonly #child: Child
  readonly #fields: LookFields
  readonly #startedAt: number
  readonly #seen = new Map<number, GpuSample[]>()
  readonly #ended: Promise<void>
  #lastMessage: string | undefined
  #stopping = false

  constructor(path: string, { gpus, busy, fields, everyMs }: Watched, { startedAt, onDeath }: GpuWatchOptions) {
    this.gpus = gpus
    this.everyMs = everyMs
    const driver = gpus.find(gpu => gpu.driver !== undefined)?.driver
    this.source = driver === undefined ? 'nvidia-smi' : `nvidia-smi ${driver}`
    this.#fields = fields
    this.#startedAt = startedAt
    const power = powerReading(fields)
    this.series = gpus.map(({ driver: _, ...gpu }) => ({
      ...gpu,
      source: this.source,
      everyMs,
      startedAt: new Date(startedAt).toISOString(),
      ...(power === undefined ? {} : { powerReading: power }),
      ...(busy === undefined || gpu.uuid === undefined ? {} : { wasFree: !busy.has(gpu.uuid) }),
    }))
    this.#child = startChild({
      argv: [...lineByLine(), path, ...watchArgs(fields, everyMs)],
      onLine: (_, text) => this.#line(text),
    })
    const beganAt = performance.now()
    this.#ended = this.#child.done.then(
      end => {
        if (!this.#stopping) onDeath(this.#deathWords(end, performance.now() - beganAt))
      },
      error => onDeath(error instanceof Error ? error.message : String(error)),
    )
  }

  take(nth: number): GpuSample[] {
    const index = this.gpus[nth]?.index ?? -1
    const samples = this.#seen.get(index) ?? []
    this.#seen.delete(index)
    return samples.toSorted((a, b) => a.atMs - b.atMs)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#child.interrupt()
    const timer = setTimeout(() => this.#child.kill(), LAST_WORDS_MS)
    await this.#ended
    clearTimeout(timer)
  }

  #line(text: string): void {
    const look = parseLook(text, this.#fields)
    if (look === undefined) {
      if (text.trim() !== '') this.#lastMessage = text.trim()
      return
    }
    const now = Date.now()
    const { lookedAt = now } = look
    // A clock in another time zone is no clock.
    const at = Math.abs(now - lookedAt) <= MOST_DELAY_MS ? lookedAt : now
    const samples = this.#seen.get(look.index) ?? []
    samples.push({ atMs: at - this.#startedAt, ...look.sample })
    this.#seen.set(look.index, samples)
  }

  #deathWords({ exitCode, signal }: ChildEnd, afterMs: number): string {
    const how = signal === undefined ? `exit code ${exitCode}` : `ended by ${signal}`
    const said = this.#lastMessage === undefined ? '' : `, "${this.#lastMessage}"`
    return `${this.source}, ${how} after ${(afterMs / 1000).toFixed(1)} s${said}`
  }
}

/** A pipe makes C programs hold their lines back by 4 KiB: `stdbuf` of coreutils, where it is, makes them come as printed. */
function lineByLine(): string[] {
  const stdbuf = process.platform === 'linux' ? findProgramIfAny({ names: ['stdbuf'] }) : undefined
  return stdbuf === undefined ? [] : [stdbuf, '-oL']
}

/** One question to its end. @throws EngineError TOOL_FAILED when it hangs; what `signal` aborted with */
async function ask(path: string, args: readonly string[], signal: AbortSignal | undefined) {
  const argv = [path, ...args]
  const output = await captureOutput({ argv, timeoutMs: QUESTION_TIMEOUT_MS, ...(signal ? { signal } : {}) })
  signal?.throwIfAborted()
  if (!output.timedOut) return output
  throw new EngineError('TOOL_FAILED', `nvidia-smi did not answer within ${QUESTION_TIMEOUT_MS / 1000} s`, {
    where: path,
    hint: 'The driver may hang: `dmesg` tells.',
  })
}

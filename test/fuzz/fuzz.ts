import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import type { FuzzTarget } from './define.ts'

/** One input that broke a promise, and where it lies now. */
export interface FuzzFailure {
  target: string
  seed: number
  problem: string
  path: string
}

export interface FuzzResult {
  inputs: number
  failures: FuzzFailure[]
}

const HANG_MS = 5000
const LOOK_MS = 250
const MAX_FAILURES = 20
/** An importer that needs more for inputs of kilobytes has lost its measure. */
const HEAP_MB = 512
const Message = z.union([z.object({ seed: z.number(), problem: z.string() }), z.object({ done: z.number() })])

/**
 * Reads inputs of one target in a thread of its own, which is ended when it hangs or its memory runs away. Failing
 * inputs are written to a temporary folder.
 * @param seed of the first input; each next one is one more
 */
export async function fuzz(
  target: FuzzTarget,
  { seed, inputs, untilMs }: { seed: number; inputs: number; untilMs: number },
): Promise<FuzzResult> {
  const result: FuzzResult = { inputs: 0, failures: [] }
  const fail = (failed: number, problem: string) => {
    result.failures.push({ target: target.id, seed: failed, problem, path: keep(target, failed) })
  }
  while (result.inputs < inputs && Date.now() < untilMs && result.failures.length < MAX_FAILURES) {
    const now = new SharedArrayBuffer(8)
    const running = new Float64Array(now)
    const first = seed + result.inputs
    const work = { target: target.id, seed: first, inputs: inputs - result.inputs, untilMs, now }
    const ended = await runWorker(work, running, fail)
    // A thread that was ended goes on after the input that ended it.
    result.inputs += ended === undefined ? Math.max(1, (running[0] ?? first) - first + 1) : ended
    if (ended !== undefined) break
  }
  return result
}

/** @returns how many inputs were read; undefined where the thread died, which counts as a failure */
function runWorker(
  workerData: { seed: number },
  running: Float64Array,
  fail: (seed: number, problem: string) => void,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    let ended: number | undefined
    let last = Number.NaN
    let since = performance.now()
    const watchdog = setInterval(() => {
      const seed = running[0] ?? 0
      if (seed !== last) [last, since] = [seed, performance.now()]
      else if (performance.now() - since > HANG_MS && seed !== 0) {
        fail(seed, `hangs for more than ${HANG_MS / 1000} s`)
        void worker.terminate()
      }
    }, LOOK_MS)
    worker.on('message', data => {
      const message = Message.parse(data)
      if ('done' in message) ended = message.done
      else fail(message.seed, message.problem)
    })
    worker.on('error', error => {
      const seed = running[0] ?? 0
      if (seed === 0) reject(error)
      else fail(seed, String(error))
    })
    worker.on('exit', () => {
      clearInterval(watchdog)
      resolve(ended)
    })
  })
}

function keep(target: FuzzTarget, seed: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'batchscope-fuzz-')), `${target.id}-${seed}`)
  writeFileSync(path, target.input(seed))
  return path
}

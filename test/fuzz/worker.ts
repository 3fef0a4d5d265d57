import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { FUZZ_TARGETS } from './targets.ts'

/** Reads inputs of one target, seed after seed, until as many or as long as asked; the watchdog sees which one runs. */
const Work = z.object({
  target: z.string(),
  seed: z.int(),
  inputs: z.int(),
  untilMs: z.number(),
  /** Seed that runs now, as a double. */
  now: z.instanceof(SharedArrayBuffer),
})

const { target: id, seed: first, inputs, untilMs, now } = Work.parse(workerData)
const target = FUZZ_TARGETS.find(each => each.id === id)
if (target === undefined) throw new RangeError(`no target ${id}`)
const running = new Float64Array(now)

let done = 0
for (; done < inputs && Date.now() < untilMs; done++) {
  const seed = first + done
  running[0] = seed
  try {
    const problems = await target.run(seed)
    if (problems.length > 0) parentPort?.postMessage({ seed, problem: problems.slice(0, 3).join('; ') })
  } catch (error) {
    parentPort?.postMessage({ seed, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  // Lets messages out, and the watchdog's word in.
  if (done % 64 === 0) await new Promise(resolve => setImmediate(resolve))
}
parentPort?.postMessage({ done })

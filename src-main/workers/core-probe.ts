import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

const PROBE_MS = 10
const ROUNDS_PER_READING = 64
const WAIT_LIMIT_MS = 200

/** Cells of the shared array: the ball, and whether a game is on. */
const BALL = 0
const GAME = 1

/**
 * Median round trip in ns of a cache line between two cores: two threads bounce an atomic number for about 10 ms.
 * Multi-threaded figures follow it, up to 2.8× on virtual machines whose cores were placed anew.
 */
export interface CoreProbe {
  /** Undefined when the other thread did not answer in time: the cores are taken. */
  measureNs(): number | undefined
  close(): Promise<void>
}

/** @returns undefined where this process has one core only */
export async function startCoreProbe(): Promise<CoreProbe | undefined> {
  if (availableParallelism() < 2) return undefined
  const cells = new Int32Array(new SharedArrayBuffer(256))
  const thread = new Worker(new URL(`core-probe-thread${extensionOf(import.meta.url)}`, import.meta.url), {
    workerData: cells.buffer,
  })
  await new Promise((resolve, reject) => {
    thread.once('online', resolve)
    thread.once('error', reject)
  })
  thread.unref()
  return {
    measureNs: () => play(cells),
    async close() {
      await thread.terminate()
    },
  }
}

/** The answering side: asleep between games. */
export function answerPings(cells: Int32Array): void {
  for (;;) {
    Atomics.wait(cells, GAME, 0)
    while (Atomics.load(cells, GAME) === 1) {
      if (Atomics.load(cells, BALL) % 2 === 1) Atomics.add(cells, BALL, 1)
    }
  }
}

function play(cells: Int32Array): number | undefined {
  Atomics.store(cells, BALL, 0)
  Atomics.store(cells, GAME, 1)
  Atomics.notify(cells, GAME)
  const readingsNs: number[] = []
  try {
    if (!roundTrips(cells, 1)) return undefined // wakes the thread; not counted
    const endMs = performance.now() + PROBE_MS
    while (performance.now() < endMs) {
      const startMs = performance.now()
      if (!roundTrips(cells, ROUNDS_PER_READING)) break
      readingsNs.push(((performance.now() - startMs) * 1e6) / ROUNDS_PER_READING)
    }
  } finally {
    Atomics.store(cells, GAME, 0)
  }
  return readingsNs.sort((a, b) => a - b)[readingsNs.length >> 1]
}

/** An odd ball is the other's to answer. @returns false when it does not */
function roundTrips(cells: Int32Array, rounds: number): boolean {
  for (let round = 0; round < rounds; round++) {
    const answered = Atomics.add(cells, BALL, 1) + 2
    for (let spins = 1; Atomics.load(cells, BALL) !== answered; spins++) {
      if (spins % 100_000 === 0 && !waitAWhile(cells, answered)) return false
    }
  }
  return true
}

function waitAWhile(cells: Int32Array, answered: number): boolean {
  const limitMs = performance.now() + WAIT_LIMIT_MS
  while (performance.now() < limitMs) if (Atomics.load(cells, BALL) === answered) return true
  return false
}

function extensionOf(url: string): string {
  return url.slice(url.lastIndexOf('.'))
}

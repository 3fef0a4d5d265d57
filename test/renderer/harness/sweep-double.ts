import type { Run, RunEvent } from '#domain/run.ts'
import { imageClsPoints, LIVE_SWEEP } from './sweep-fixtures.ts'

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** A sweep that measures nothing and tells three points, one after another, with pause, resume and cancel. */
export class SweepDouble {
  /** Time a point takes; a test that acts on a running sweep takes its time. */
  pointMs = 250
  #paused = false
  #wake = () => {}
  #events: RunEvent[] = []
  #run: Run | undefined

  /** @returns the id of the run */
  start(): string {
    this.#run = LIVE_SWEEP
    this.#events = []
    void this.#measure()
    return LIVE_SWEEP.id
  }

  run(runId: string): Run | undefined {
    return runId === LIVE_SWEEP.id ? this.#run : undefined
  }

  pause(paused: boolean): void {
    this.#paused = paused
    this.#add({ type: 'status', status: 'running', paused })
  }

  async *watch(afterSeq: number): AsyncGenerator<RunEvent, void, void> {
    let seq = afterSeq
    for (;;) {
      const event = this.#events[seq + 1]
      if (event === undefined) {
        await new Promise<void>(resolve => (this.#wake = resolve))
        continue
      }
      seq++
      yield event
      if (event.type === 'ended') return
    }
  }

  #add(event: { [Type in RunEvent['type']]: Omit<Extract<RunEvent, { type: Type }>, 'seq'> }[RunEvent['type']]): void {
    this.#events.push({ ...event, seq: this.#events.length } as RunEvent) // each kind of event only lacked its number
    this.#wake()
  }

  async #measure(): Promise<void> {
    const points = imageClsPoints.slice(0, 3)
    for (const [index, point] of points.entries()) {
      this.#add({
        type: 'progress',
        progress: {
          fraction: index / points.length,
          phase: `concurrency ${point.concurrency}: window 3`,
          pointsDone: index,
          pointsTotal: points.length,
          etaMs: 18_000,
        },
      })
      await pause(this.pointMs)
      while (this.#paused) await pause(20)
      if (this.#run) this.#run = { ...this.#run, points: [...this.#run.points, point] }
      this.#add({ type: 'point', point })
    }
    await pause(this.pointMs)
    if (this.#run) this.#run = { ...this.#run, status: 'done', endedAt: '2026-11-21T10:01:00.000Z' }
    this.#add({ type: 'ended', status: 'done' })
  }
}

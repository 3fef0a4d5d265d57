import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run, RunEvent } from '#domain/run.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import type { EngineClient } from '../../src-main/api/doors.ts'

/** Short windows, for tests that look for faults and not for figures. */
export const QUICK = {
  measurementIntervalMs: 200,
  maxTrials: 3,
  stabilityPercentage: 90,
  warmupRequestCount: 2,
} as const

/** Runs a sweep to its end; `on` sees every event. */
export async function swept(
  client: EngineClient,
  sessionId: string,
  spec: SweepSpecInput,
  on?: (event: RunEvent, runId: string) => void,
): Promise<Run> {
  const { runId } = await client.runs.start({ sessionId, kind: 'sweep', spec })
  for await (const event of await client.runs.watch({ sessionId, runId })) on?.(event, runId)
  return client.runs.get({ sessionId, runId })
}

/** Calls `act` once, at the first event that shows the point after `pointsDone` others being measured. */
export function atPoint(pointsDone: number, act: (runId: string) => void): (event: RunEvent, runId: string) => void {
  let isDone = false
  return (event, runId) => {
    if (isDone || event.type !== 'progress') return
    if (event.progress.pointsDone !== pointsDone || event.progress.live === undefined) return
    isDone = true
    act(runId)
  }
}

/** All shared memory of load generators on this machine. */
export function segments(): string[] {
  return readdirSync('/dev/shm').filter(name => name.startsWith('batchscope-'))
}

/** Of load generators that `parent` started; other sweeps may run on this machine. */
export function segmentsOf(parent: number): string[] {
  return segments().filter(name => parentOf(generatorOf(name)) === parent)
}

/** The process that made a segment: its id is in the name. */
export function generatorOf(name: string): number {
  return Number(name.split('-')[1])
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined // gone
  }
}

export async function until<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error('waited 30 s in vain')
}

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run, RunEvent } from '#domain/run.ts'
import type { Scenario } from '../doubles/trtexec/scenario.ts'
import { newSession, type TestEngine, testEngine } from './engine.ts'
import { trtexecDouble } from './trtexec-double.ts'

export interface DoubleBench extends TestEngine {
  sessionId: string
  /** Path of the double. */
  trtexec: string
  /** The bundled model: one input `image`, batch × 3 × 32 × 32. */
  modelPath: string
}

/** An engine with a session and a double of trtexec that plays a scenario. */
export async function doubleBench(scenario: Scenario = {}): Promise<DoubleBench> {
  const test = testEngine()
  const { path } = await test.client.models.sample()
  return { ...test, sessionId: await newSession(test), trtexec: trtexecDouble(scenario), modelPath: path }
}

export interface Ended {
  run: Run
  events: RunEvent[]
  log: string[]
}

/** Starts a run and follows it to its end. @param onEvent sees each event as it comes */
export async function runKind(
  { client, sessionId }: DoubleBench,
  kind: string,
  spec: unknown,
  onEvent: (event: RunEvent, runId: string) => void = () => {},
): Promise<Ended> {
  const { runId } = await client.runs.start({ sessionId, kind, spec })
  const events: RunEvent[] = []
  for await (const event of await client.runs.watch({ sessionId, runId })) {
    events.push(event)
    onEvent(event, runId)
  }
  const log = events.flatMap(event => (event.type === 'log' ? [event.line.text] : []))
  return { run: await client.runs.get({ sessionId, runId }), events, log }
}

/** Names in the folder of engines; empty where there is none. */
export function enginesOf({ folder }: TestEngine): string[] {
  try {
    return readdirSync(join(folder, 'engines')).toSorted()
  } catch {
    return [] // nothing was built
  }
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** The words of what was happening, each once. */
export function phasesOf({ events }: Ended): string[] {
  const phases = events.flatMap(event => (event.type === 'progress' ? [event.progress.phase] : []))
  return phases.filter((phase, index) => phases.indexOf(phase) === index)
}

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { BenchSpecInput } from '#domain/bench-spec.ts'
import type { Run, RunEvent } from '#domain/run.ts'
import { type EngineClient, localClient } from '../../src-main/api/doors.ts'
import { createEngine, type Engine } from '../../src-main/engine.ts'
import { tempFolder } from './temp-folder.ts'

export interface TestEngine {
  engine: Engine
  client: EngineClient
  folder: string
}

/** An engine with its own data folder and the fake runtime, closed and removed when the test ends. */
export function testEngine(options: { browseRoots?: string[] } = {}): TestEngine {
  const folder = tempFolder()
  const engine = createEngine({ dataFolder: join(folder, 'data'), showHidden: true, ...options })
  onTestFinished(() => engine.close())
  return { engine, client: localClient(engine), folder }
}

/** A bench of the bundled model on the fake runtime: tells scripted latencies at once. */
export async function fakeSpec(
  client: EngineClient,
  script: Record<string, unknown> = {},
  more: Partial<BenchSpecInput> = {},
): Promise<BenchSpecInput> {
  const { path } = await client.models.sample()
  return {
    modelPath: path,
    runtimes: [{ id: 'fake', options: script }],
    batches: [1, 2, 4],
    minIterations: 20,
    ...more,
  }
}

export async function newSession({ client, folder }: TestEngine, name = 'test.bscope'): Promise<string> {
  return (await client.sessions.create({ path: join(folder, name) })).info.sessionId
}

/** Starts a run, follows it to its end. */
export async function runToEnd(
  client: EngineClient,
  sessionId: string,
  spec: BenchSpecInput,
): Promise<{ run: Run; events: RunEvent[] }> {
  const { runId } = await client.runs.start({ sessionId, kind: 'bench', spec })
  const events: RunEvent[] = []
  for await (const event of await client.runs.watch({ sessionId, runId })) events.push(event)
  return { run: await client.runs.get({ sessionId, runId }), events }
}

import { expect, test } from 'vitest'
import { fakeSpec, newSession, testEngine } from '../helpers/engine.ts'

test('a run of a kind that cannot stop early goes on as if it had not been asked', async () => {
  const engine = testEngine()
  const { client } = engine
  const sessionId = await newSession(engine)
  const { runId } = await client.runs.start({ sessionId, kind: 'bench', spec: await fakeSpec(client) })
  await client.runs.stop({ sessionId, runId })
  await engine.engine.runs.finished(runId)
  const run = await client.runs.get({ sessionId, runId })
  expect([run.status, run.points.length]).toEqual(['done', 3])
  await client.runs.stop({ sessionId, runId }) // over: nothing to do
})

test('a capture that still waits for its turn is cancelled by a stop: it has nothing to keep', async () => {
  const engine = testEngine()
  const { client } = engine
  const sessionId = await newSession(engine)
  const slow = await fakeSpec(client, { ending: 'hang', onlyBatch: 1 }, { batches: [1] })
  const first = await client.runs.start({ sessionId, kind: 'bench', spec: slow })
  const { path } = await client.models.sample()
  const spec = { tool: 'ort', bench: { modelPath: path, batches: [1] } }
  const second = await client.runs.start({ sessionId, kind: 'capture', spec })
  await client.runs.stop({ sessionId, runId: second.runId })
  expect((await client.runs.get({ sessionId, runId: second.runId })).status).toBe('cancelled')
  await client.runs.cancel({ sessionId, runId: first.runId })
})

test('a run that is not there is said', async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  await expect(engine.client.runs.stop({ sessionId, runId: 'nosuch' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

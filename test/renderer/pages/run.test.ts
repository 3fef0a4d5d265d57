import { expect, test, vi } from 'vitest'
import type { RunEvent } from '#domain/run.ts'
import { RunView } from '../../../src-renderer/pages/run/run.svelte.ts'
import { numbered, point, refuse, run, scriptedEngine } from './samples.ts'

const ID = { sessionId: 's1', runId: 'run1' }

/** The page's `follow` without a network: opens once. */
async function* once<T>(open: (signal: AbortSignal) => Promise<AsyncIterable<T>>, signal: AbortSignal) {
  yield* await open(signal)
}

/** Opens again after the stream broke, as `follow` does over the next connection. */
async function* reconnecting<T>(open: (signal: AbortSignal) => Promise<AsyncIterable<T>>, signal: AbortSignal) {
  for (;;) {
    try {
      yield* await open(signal)
      return
    } catch (error) {
      if (!(error instanceof Error && error.message === 'connection lost')) throw error
    }
  }
}

async function* streamOf(events: readonly RunEvent[]) {
  yield* events
}

const LIFE = numbered([
  { type: 'status', status: 'queued', queuePosition: 0 },
  { type: 'status', status: 'running' },
  { type: 'progress', progress: { phase: 'batch 1: measuring', fraction: 0.1, pointsTotal: 2 } },
  { type: 'log', line: { atMs: 5, stream: 'app', text: 'starting' } },
  { type: 'point', point: point({ index: 0, batch: 1 }) },
  { type: 'point', point: point({ index: 1, batch: 8, inferPerSec: 4000 }) },
  { type: 'ended', status: 'done' },
])

test('a run is followed from queued to done, points in order, findings read at the end', async () => {
  const finding = { rule: 'r', title: 't', verdict: 'yes' as const, statement: 's', evidence: [], next: [] }
  const answers = [run({ status: 'queued' }), run({ status: 'done', points: [], findings: [finding] })]
  const view = new RunView(
    scriptedEngine({ runs: { get: async () => answers.shift(), watch: async () => streamOf(LIFE) } }),
    ID,
  )
  const seen: string[] = []
  const apply = view.apply.bind(view)
  vi.spyOn(view, 'apply').mockImplementation(event => {
    apply(event)
    seen.push(`${view.status} ${view.points.length}/${view.expectedPoints}`)
  })
  await view.follow(once, new AbortController().signal)
  expect(seen).toEqual([
    'queued 0/0',
    'running 0/0',
    'running 0/2',
    'running 0/2',
    'running 1/2',
    'running 2/2',
    'done 2/2',
  ])
  expect(view.findings).toEqual([finding])
  expect(view.log.map(({ text }) => text)).toEqual(['starting'])
})

test('after a lost connection it goes on behind the last event seen and no row comes twice', async () => {
  const asked: number[] = []
  const watch = async ({ afterSeq }: { afterSeq: number }) => {
    asked.push(afterSeq)
    const rest = LIFE.filter(({ seq }) => seq > afterSeq)
    return asked.length === 1 ? breaking(rest.slice(0, 5)) : streamOf(rest)
  }
  async function* breaking(events: readonly RunEvent[]) {
    yield* events
    throw new Error('connection lost')
  }
  const get = async () =>
    run({ status: asked.length === 0 ? 'queued' : 'running', points: asked.length === 0 ? [] : [point({ index: 0 })] })
  const view = new RunView(scriptedEngine({ runs: { get, watch } }), ID)
  const end = vi.spyOn(view, 'apply')
  await view.follow(reconnecting, new AbortController().signal)
  expect(asked).toEqual([-1, 4])
  expect(end).toHaveBeenCalledTimes(LIFE.length)
})

test('a finished run is not shown as running while its past is replayed', async () => {
  const stored = run({ status: 'done', points: [point({ index: 0 })] })
  const view = new RunView(scriptedEngine({ runs: { get: async () => stored, watch: async () => streamOf(LIFE) } }), ID)
  const states = new Set<unknown>()
  const apply = view.apply.bind(view)
  vi.spyOn(view, 'apply').mockImplementation(event => {
    apply(event)
    states.add(view.live)
    states.add(view.progress)
  })
  await view.follow(once, new AbortController().signal)
  expect([...states]).toEqual([false, undefined])
})

test('a failed run keeps its points and says why', async () => {
  const error = { code: 'CHILD_DIED' as const, message: 'The worker died of SIGSEGV' }
  const events = numbered([
    { type: 'point', point: point() },
    { type: 'ended', status: 'failed', error },
  ])
  const answers = [run({ status: 'running' }), run({ status: 'failed', error, points: [point()] })]
  const view = new RunView(
    scriptedEngine({ runs: { get: async () => answers.shift(), watch: async () => streamOf(events) } }),
    ID,
  )
  await view.follow(once, new AbortController().signal)
  expect(view.status).toBe('failed')
  expect(view.failure).toEqual(error)
  expect(view.points).toHaveLength(1)
})

test('a run that is not there is an error, not an empty page', async () => {
  const view = new RunView(scriptedEngine({ runs: { get: refuse('There is no run "run1"') } }), ID)
  await view.follow(once, new AbortController().signal)
  expect(view.loadError).toEqual(new Error('There is no run "run1"'))
})

test('a page that was left takes nothing in any more', async () => {
  const stop = new AbortController()
  const get = async () => {
    stop.abort()
    throw new Error('too late')
  }
  const view = new RunView(scriptedEngine({ runs: { get } }), ID)
  await view.follow(once, stop.signal)
  expect(view.loadError).toBeUndefined()
})

test('the selected point is the chosen one, else the first while it runs, else the best', () => {
  const view = new RunView(scriptedEngine({}), ID)
  view.status = 'running'
  view.points = [point({ index: 0, inferPerSec: 10 }), point({ index: 1, inferPerSec: 30 })]
  expect(view.selected?.id).toBe('p0')
  view.status = 'done'
  expect(view.selected?.id).toBe('p1')
  view.choosePoint('p0')
  expect(view.selected?.id).toBe('p0')
})

test('a failed point is never selected by itself', () => {
  const view = new RunView(scriptedEngine({}), ID)
  view.status = 'done'
  view.points = [point({ index: 0, status: 'failed' })]
  expect(view.selected).toBeUndefined()
})

test('cancel stays pressed until the run is over, and is free again when it was refused', async () => {
  const view = new RunView(scriptedEngine({ runs: { cancel: async () => undefined } }), ID)
  view.status = 'running'
  await view.cancel()
  expect(view.cancelling).toBe(true)
  view.apply({ seq: 1, type: 'ended', status: 'cancelled' })
  expect(view.cancelling).toBe(false)

  const refused = new RunView(scriptedEngine({ runs: { cancel: refuse('engine is gone') } }), ID)
  await refused.cancel()
  expect(refused.cancelling).toBe(false)
  expect(refused.actionError).toEqual(new Error('engine is gone'))
})

test('run again queues the same spec', async () => {
  const start = vi.fn(async (_: unknown) => ({ runId: 'run2' }))
  const view = new RunView(scriptedEngine({ runs: { start } }), ID)
  view.run = run({ spec: { modelPath: '/m.onnx', batches: [1, 3] } })
  await expect(view.runAgain('s2')).resolves.toBe('run2')
  expect(start.mock.calls[0]?.[0]).toEqual({
    sessionId: 's2',
    kind: 'bench',
    spec: { modelPath: '/m.onnx', batches: [1, 3] },
  })
})

test('the log keeps the newest 5,000 lines', () => {
  const view = new RunView(scriptedEngine({}), ID)
  for (let seq = 0; seq < 5003; seq++)
    view.apply({ seq, type: 'log', line: { atMs: seq, stream: 'stdout', text: `${seq}` } })
  expect(view.log).toHaveLength(5000)
  expect(view.log[0]?.text).toBe('3')
})

import { describe, expect, test, vi } from 'vitest'
import { bestRows, bestRowsOfSummaries } from '../../../src-renderer/pages/session/best-rows.ts'
import { outcomeKey, READ_WHOLE_RUNS, SessionPage } from '../../../src-renderer/pages/session/session.svelte.ts'
import { point, refuse, run, scriptedEngine, summary } from './samples.ts'

const live = () => new AbortController().signal

describe('best batch per runtime', () => {
  test('over all runs, the highest throughput of each model and runtime', () => {
    const rows = bestRows({
      runs: [
        {
          ...run({ id: 'a' }),
          points: [point({ batch: 8, inferPerSec: 50 }), point({ index: 1, batch: 16, inferPerSec: 70 })],
        },
        {
          ...run({ id: 'b' }),
          points: [point({ batch: 32, inferPerSec: 60 }), point({ index: 1, runtime: 'fake', inferPerSec: 90 })],
        },
      ],
    })
    expect(rows.map(({ runtime, batch, runId, inferPerSec }) => [runtime, batch, runId, inferPerSec])).toEqual([
      ['fake', 1, 'b', 90],
      ['ort-cpu', 16, 'a', 70],
    ])
  })

  test('runs without a measured point have no row', () => {
    expect(bestRows({ runs: [run()] })).toEqual([])
    expect(bestRowsOfSummaries([summary()])).toEqual([])
  })

  test('a session with very many runs is judged by their own best figures and says so', async () => {
    const page = new SessionPage(scriptedEngine({}), 's1')
    const best = { inferPerSec: 5, batch: 2, runtime: 'ort-cpu' }
    await page.loadBest(
      Array.from({ length: READ_WHOLE_RUNS + 1 }, (_, i) => summary({ id: `${i}`, best })),
      live(),
    )
    expect(page.bestIsRough).toBe(true)
    expect(page.best).toHaveLength(1)
  })
})

test('the overview is read again when a run ends, not with each of its points', () => {
  const running = [summary({ status: 'running', pointCount: 1 })]
  expect(outcomeKey([summary({ status: 'running', pointCount: 2 })])).toBe(outcomeKey(running))
  expect(outcomeKey([summary({ status: 'done', pointCount: 2 })])).not.toBe(outcomeKey(running))
})

test('a run is deleted and brought back', async () => {
  const remove = vi.fn(async (_: unknown) => undefined)
  const restore = vi.fn(async (_: unknown) => summary())
  const page = new SessionPage(scriptedEngine({ runs: { delete: remove, restore } }), 's1')
  await expect(page.deleteRun('run1')).resolves.toBe(true)
  await page.restoreRun('run1')
  expect(remove.mock.calls[0]?.[0]).toEqual({ sessionId: 's1', runId: 'run1' })
  expect(restore.mock.calls[0]?.[0]).toEqual({ sessionId: 's1', runId: 'run1' })
})

test('a refused action says why, and the next one clears it', async () => {
  const page = new SessionPage(
    scriptedEngine({ runs: { delete: refuse('a run is going'), update: async () => summary() } }),
    's1',
  )
  await expect(page.deleteRun('run1')).resolves.toBe(false)
  expect(page.actionError).toEqual(new Error('a run is going'))
  await page.renameRun('run1', 'again')
  expect(page.actionError).toBeUndefined()
})

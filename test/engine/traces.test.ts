import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unpackColumns } from '#domain/packed.ts'
import type { Run } from '#domain/run.ts'
import { newSession, type TestEngine, testEngine } from '../helpers/engine.ts'
import { smallTrace, type TraceEvent } from '../helpers/small-trace.ts'

const STEPS = 100

async function importFile(test: TestEngine, sessionId: string, spec: { path: string; group?: string }): Promise<Run> {
  const { runId } = await test.client.runs.start({ sessionId, kind: 'import', spec })
  await test.engine.runs.finished(runId)
  return test.client.runs.get({ sessionId, runId })
}

async function withTrace(content: string | Uint8Array = smallTrace(STEPS), name = 'a.json') {
  const engine = testEngine()
  const path = join(engine.folder, name)
  writeFileSync(path, content)
  const sessionId = await newSession(engine)
  const run = await importFile(engine, sessionId, { path })
  return { ...engine, path, sessionId, run, at: { sessionId, runId: run.id } }
}

test('a trace becomes a run: figures, findings, passport and document', async () => {
  const { client, sessionId, run, path, at } = await withTrace()
  expect(run).toMatchObject({
    kind: 'import',
    status: 'done',
    title: 'a.json',
    subtitle: expect.stringMatching(/^PyTorch profiler trace \(JSON\), [\d.]+ KiB$/),
    hasTrace: true,
    points: [],
    command: `batchscope import ${path}`,
  })
  expect(run.passport).toMatchObject({
    method: { tool: 'torch.profiler', format: 'kineto', file: path },
    gpu: { gpu0Name: 'Test GPU' },
    cpu: { model: 'unknown' },
  })
  expect(run.findings.map(({ rule }) => rule)).toContain('trace-host-bound')
  expect(run.findings.some(({ verdict }) => verdict !== 'cannot-tell')).toBe(true)
  const summary = await client.traces.summary(at)
  const { runs } = await client.sessions.document({ sessionId })
  expect(runs[0]?.trace).toEqual(summary)
  // 100 steps 50 µs apart, 20 µs of kernel each, the first one 20 µs after its op; the last kernel ends last.
  expect(runs[0]?.trace).toMatchObject({
    spanNs: 99 * 50_000 + 40_000,
    counts: { slices: 300, kernels: 100, unread: 0 },
    devices: [{ id: 0, busyNs: 100 * 20_000, kernelNs: 100 * 20_000, kernels: 100 }],
    kernels: [{ name: 'gemm<float>', count: 100, totalNs: 2e6, medianNs: 20_000 }],
    operators: [{ name: 'aten::mm', count: 100, totalCpuNs: 3e6, selfCpuNs: 2e6, selfDeviceNs: 2e6 }],
    apiCalls: [{ name: 'cudaLaunchKernel', count: 100, totalNs: 1e6 }],
    copies: [],
    ranges: [],
  })
})

test('every call of the page answers', async () => {
  const { client, at } = await withTrace(gzipSync(smallTrace(STEPS)), 'a.json.gz')
  const view = await client.traces.view(at)
  expect(view.state).toBe('ready')
  const lanes = view.tracks.flatMap(track => track.lanes.map(lane => lane.index))
  expect(lanes).toHaveLength(3)
  const { startNs, endNs } = view
  const window = await unpackColumns(await client.traces.window({ ...at, startNs, endNs, widthPx: 1000, lanes }))
  expect([...window.keys()]).toEqual(['lane', 'startNs', 'endNs', 'name', 'category', 'count', 'busy', 'slice'])
  const ids = [...new Set(window.get('name') ?? [])]
  const names = await client.traces.names({ ...at, ids: [...ids, 10_000] })
  expect(names.toSorted()).toEqual(['', 'aten::mm', 'cudaLaunchKernel', 'gemm<float>'])
  const { total, hits } = await client.traces.find({ ...at, text: 'launch' })
  expect(total).toBe(STEPS)
  const found = (await unpackColumns(hits)).get('slice') ?? []
  const slice = found[3] ?? -1
  const detail = await client.traces.slice({ ...at, slice })
  expect(detail).toMatchObject({ name: 'cudaLaunchKernel', category: 'runtime', durationNs: 10_000 })
  expect(detail.links).toMatchObject([{ relation: 'launches', name: 'gemm<float>' }])
  expect(await client.traces.at({ ...at, lane: detail.lane, atNs: detail.startNs + 1 })).toBe(slice)
  expect(await client.traces.beside({ ...at, slice, direction: 'next' })).toBe(found[4])
  expect(await client.traces.beside({ ...at, slice: found[0] ?? -1, direction: 'previous' })).toBeUndefined()
  const half = { startNs, endNs: startNs + 50 * 50_000 }
  const { figures, tables } = await client.traces.select({ ...at, ...half })
  expect(figures.devices).toMatchObject([{ busyNs: 50 * 20_000, kernels: 50 }])
  expect(tables.kernels).toMatchObject([{ count: 50 }])
  const idle = await unpackColumns(await client.traces.idle({ ...at, startNs, endNs, device: 0, leastNs: 1000 }))
  const [from = [], to = []] = [idle.get('startNs'), idle.get('endNs')]
  expect([...to].reduce((sum, end, i) => sum + end - (from[i] ?? 0), 0)).toBe(endNs - startNs - STEPS * 20_000)
  expect(await client.traces.operatorsByShape(at)).toMatchObject([{ name: 'aten::mm', count: STEPS }])
  await expect(client.traces.preview(at)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(client.traces.slice({ ...at, slice: 10_000 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(client.traces.summary({ ...at, runId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a session opened where neither index nor source is shows its figures and a picture, and says why', async () => {
  const first = await withTrace()
  await first.client.sessions.close({ sessionId: first.sessionId })
  const session = join(first.folder, 'test.bscope')
  const elsewhere = testEngine() // another data folder, as on another machine
  const moved = join(elsewhere.folder, 'moved.json')
  renameSync(first.path, moved)
  const { info } = await elsewhere.client.sessions.open({ path: session })
  const at = { sessionId: info.sessionId, runId: first.run.id }
  expect((await elsewhere.client.traces.summary(at)).counts.kernels).toBe(STEPS)
  const view = await elsewhere.client.traces.view(at)
  expect([view.state, view.why]).toEqual(['coarse', expect.stringContaining('is not there any more')])
  const lanes = view.tracks.flatMap(track => track.lanes.map(lane => lane.index))
  const { startNs, endNs } = view
  const window = await unpackColumns(
    await elsewhere.client.traces.window({ ...at, startNs, endNs, widthPx: 500, lanes }),
  )
  const names = await elsewhere.client.traces.names({ ...at, ids: [...new Set(window.get('name') ?? [])] })
  expect(names.toSorted()).toEqual(['aten::mm', 'cudaLaunchKernel', 'gemm<float>'])
  await expect(elsewhere.client.traces.find({ ...at, text: 'gemm' })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    data: { hint: expect.stringContaining('Locate the trace file') },
  })
  await elsewhere.client.traces.locate({ ...at, path: moved })
  await expect.poll(async () => (await elsewhere.client.traces.view(at)).state, { timeout: 20_000 }).toBe('ready')
  expect((await elsewhere.client.traces.find({ ...at, text: 'gemm' })).total).toBe(STEPS)
})

test('a cancelled import keeps what was read, with its figures, findings and a warning', async () => {
  const engine = testEngine()
  const { client } = engine
  const path = join(engine.folder, 'large.json')
  writeFileSync(path, smallTrace(150_000))
  const sessionId = await newSession(engine)
  const { runId } = await client.runs.start({ sessionId, kind: 'import', spec: { path } })
  let preview: Awaited<ReturnType<typeof client.traces.preview>> | undefined
  for await (const event of await client.runs.watch({ sessionId, runId })) {
    if (event.type !== 'progress' || !/^reading [1-9]/.test(event.progress.phase) || preview !== undefined) continue
    expect(event.progress.fraction).toBeGreaterThan(0)
    preview = await client.traces.preview({ sessionId, runId })
    void client.runs.cancel({ sessionId, runId })
  }
  expect(preview?.tracks.length).toBeGreaterThan(0)
  const cells = preview === undefined ? new Map() : await unpackColumns(preview.cells)
  expect(cells.get('busy')?.length).toBeGreaterThan(0)
  const run = await client.runs.get({ sessionId, runId })
  expect([run.status, run.hasTrace]).toEqual(['cancelled', true])
  expect(run.notices.map(({ text }) => text)).toContain('Cancelled: the figures cover what was read until then.')
  const summary = await client.traces.summary({ sessionId, runId })
  expect(summary.partial).toBe(true)
  expect(summary.counts.kernels).toBeLessThan(150_000)
  expect(run.findings.length).toBeGreaterThan(0)
}, 60_000)

test('ranks of one job are told apart and share a job; files that only came together do not', async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const { client } = engine
  const write = (name: string, head: Record<string, unknown> = {}) => {
    const path = join(engine.folder, name)
    writeFileSync(path, smallTrace(5, { head }))
    return path
  }
  const told = (rank: number) => ({ distributedInfo: { backend: 'nccl', rank, world_size: 2 } })
  const runs = [
    await importFile(engine, sessionId, { path: write('w0.json', told(0)), group: 'two workers' }),
    await importFile(engine, sessionId, { path: write('w1.json', told(1)), group: 'two workers' }),
    await importFile(engine, sessionId, { path: write('x_rank-03.json'), group: 'x' }),
    await importFile(engine, sessionId, { path: write('alone.json'), group: 'x' }),
  ]
  expect(runs.map(run => run.subtitle?.split(' · ')[0])).toEqual([
    'rank 0 of 2',
    'rank 1 of 2',
    'rank 3',
    expect.stringContaining('PyTorch'),
  ])
  const sources = await Promise.all(
    runs.map(async ({ id: runId }) => (await client.traces.summary({ sessionId, runId })).source),
  )
  const jobs = sources.map(({ job }) => job)
  expect(runs.map(({ job }) => job)).toEqual(jobs)
  expect(jobs[0]).toBeDefined()
  expect([jobs[1], jobs[2], jobs[3]]).toEqual([jobs[0], 'x', undefined])
})

test('in the server face a trace outside the allowed folders is neither imported nor located', async () => {
  const outside = testEngine()
  const path = join(outside.folder, 'secret.json')
  writeFileSync(path, smallTrace(5))
  const root = join(outside.folder, 'allowed')
  mkdirSync(root)
  const guarded = testEngine({ browseRoots: [root] })
  const { client } = guarded
  const { info } = await client.sessions.create({ path: join(root, 's.bscope') })
  const { sessionId } = info
  await expect(client.runs.start({ sessionId, kind: 'import', spec: { path } })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  const inside = join(root, 'a.json')
  writeFileSync(inside, smallTrace(5))
  const run = await importFile(guarded, sessionId, { path: inside })
  await expect(client.traces.locate({ sessionId, runId: run.id, path })).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('a session that names a file outside the allowed folders does not make the server read it', async () => {
  const author = await withTrace()
  await author.client.sessions.close({ sessionId: author.sessionId })
  const root = join(author.folder, 'allowed')
  mkdirSync(root)
  renameSync(join(author.folder, 'test.bscope'), join(root, 's.bscope'))
  const { client } = testEngine({ browseRoots: [root] })
  const { info } = await client.sessions.open({ path: join(root, 's.bscope') })
  const view = await client.traces.view({ sessionId: info.sessionId, runId: author.run.id })
  expect(view.state).toBe('coarse')
  expect(view.why).not.toContain(author.folder)
})

test('events that cannot be read are counted and said', async () => {
  const broken: TraceEvent[] = [{ ph: 'X', cat: 'kernel', name: 'k', pid: 0, tid: 7, ts: 'never', dur: 1 }]
  const { client, run, at } = await withTrace(smallTrace(STEPS, { events: broken }))
  const { unread, counts } = await client.traces.summary(at)
  expect(counts.unread).toBe(1)
  expect(run.notices).toContainEqual({
    level: 'warning',
    text: `Not read: ${unread[0]?.reason}. Once, first at ${unread[0]?.firstAt}.`,
  })
})

test('a JSON file that is no trace is refused before anything is made', async () => {
  const engine = testEngine()
  const path = join(engine.folder, 'package.json')
  writeFileSync(path, JSON.stringify({ name: 'x', dependencies: { a: '1' } }))
  await expect(engine.client.runs.plan({ kind: 'import', spec: { path } })).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    data: { where: path },
  })
  rmSync(path)
})

test('closing the engine does not wait for an import', async () => {
  const engine = testEngine()
  const { client } = engine
  const path = join(engine.folder, 'large.json')
  writeFileSync(path, smallTrace(150_000))
  const sessionId = await newSession(engine)
  const { runId } = await client.runs.start({ sessionId, kind: 'import', spec: { path } })
  for await (const event of await client.runs.watch({ sessionId, runId })) {
    if (event.type === 'progress' && /^reading [1-9]/.test(event.progress.phase)) break
  }
  await engine.engine.close()
  const again = testEngine()
  const { runs } = await again.client.sessions.open({ path: join(engine.folder, 'test.bscope') })
  expect(runs).toMatchObject([{ id: runId, status: 'cancelled' }])
  expect(runs[0]?.hasTrace).toBeUndefined()
}, 60_000)
